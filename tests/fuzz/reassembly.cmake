relaywatch_fuzz(fuzz_reassembly SOURCES fuzz_reassembly.c ../reassembly/model.c
                LIBS relaywatch_reassembly)
