# Events read back.
relaywatch_fuzz(fuzz_explain SOURCES fuzz_explain.c LIBS relaywatch_sinks)
