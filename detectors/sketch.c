#include "detectors/sketch.h"

#include <math.h>

/* The low bits choose a register, the run of zeros above them is its value. */
double sketch_add(struct sketch *s, uint64_t hash)
{
	uint8_t *reg = &s->registers[hash % SKETCH_REGISTERS];
	uint64_t rest = hash / SKETCH_REGISTERS;
	uint8_t rank = (uint8_t)(rest == 0 ? 57 : __builtin_ctzll(rest) + 1);
	double more;

	if (rank <= *reg)
		return 0;
	more = SKETCH_REGISTERS / (SKETCH_REGISTERS - s->quiet);
	s->quiet += exp2(-*reg) - exp2(-rank);
	*reg = rank;
	s->count += more;
	return more;
}
