# How everything is compiled.
include(CheckIPOSupported)
include(CheckCCompilerFlag)
include(CheckPIESupported)

option(RELAYWATCH_TESTS "build the tests" OFF)
option(RELAYWATCH_FUZZ "build the fuzz targets with libFuzzer (clang)" OFF)
option(RELAYWATCH_COVERAGE "count which lines run" OFF)
set(RELAYWATCH_SANITIZE "" CACHE STRING "sanitizers, e.g. address,undefined")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
check_pie_supported(LANGUAGES C)

add_compile_definitions(_DEFAULT_SOURCE _GNU_SOURCE RELAYWATCH_VERSION="${PROJECT_VERSION}")
add_compile_options(-Wall -Wextra -Wshadow -Wconversion -Wswitch-enum -Wstrict-prototypes
                    -Wmissing-prototypes -Wvla -Wformat=2 -Werror)
include_directories(${CMAKE_SOURCE_DIR})

# Hardening, as far as this compiler and processor have it.
foreach(flag -fstack-protector-strong -fstack-clash-protection -fcf-protection)
  string(MAKE_C_IDENTIFIER "HAVE${flag}" have)
  check_c_compiler_flag(${flag} ${have})
  if(${have})
    add_compile_options(${flag})
  endif()
endforeach()
add_link_options(-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)

# The sanitizers bring checks of their own, and _FORTIFY_SOURCE hides faults from them.
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")
if(RELAYWATCH_SANITIZE)
  add_compile_options(-fsanitize=${RELAYWATCH_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${RELAYWATCH_SANITIZE})
elseif(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  add_compile_definitions(_FORTIFY_SOURCE=2)
  # The packet path calls from stage to stage in small steps: let the linker join them.
  if(NOT DEFINED CMAKE_INTERPROCEDURAL_OPTIMIZATION)
    check_ipo_supported(RESULT have_ipo OUTPUT unused LANGUAGES C)
    set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ${have_ipo})
  endif()
endif()
if(RELAYWATCH_COVERAGE)
  add_compile_options(--coverage -O0)
  add_link_options(--coverage)
endif()
if(RELAYWATCH_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_package(PkgConfig REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)

# A stage is a static library that sees its own headers and core/ (and nothing later).
function(relaywatch_stage name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  add_library(relaywatch_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(relaywatch_${name} PUBLIC ${ARG_LIBS})
endfunction()
