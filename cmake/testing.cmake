# relaywatch_test(NAME SOURCES .. LIBS ..): a Criterion test, run by ctest.
# relaywatch_fuzz(NAME SOURCE .. LIBS ..): a libFuzzer target; without RELAYWATCH_FUZZ it is built
# with a main of our own that replays its corpus, tests/fuzz/corpus/NAME, as a ctest entry.
function(relaywatch_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS;ENVIRONMENT" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(${name} PRIVATE ${ARG_LIBS} criterion)
  # Criterion's own macros do not pass these.
  target_compile_options(${name} PRIVATE -Wno-missing-prototypes -Wno-shadow -Wno-conversion
                                         -Wno-missing-field-initializers)
  add_test(NAME ${name} COMMAND ${name} --jobs 2 WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES FAIL_REGULAR_EXPRESSION "Sanitizer;runtime error:"
                       TIMEOUT 600 ENVIRONMENT "RELAYWATCH_BUILD=${CMAKE_BINARY_DIR};${ARG_ENVIRONMENT}")
endfunction()

function(relaywatch_fuzz name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LIBS})
  target_compile_options(${name} PRIVATE -Wno-missing-prototypes)
  if(RELAYWATCH_FUZZ)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/replay.c)
    add_test(NAME replay_${name} COMMAND ${name} ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
    set_tests_properties(replay_${name} PROPERTIES
                         FAIL_REGULAR_EXPRESSION "Sanitizer;runtime error:" TIMEOUT 600)
  endif()
endfunction()
