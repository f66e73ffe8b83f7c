relaywatch_fuzz(fuzz_text SOURCES fuzz_text.c LIBS relaywatch_core)
