#include "protocols/letter_pairs.h"

void letter_pairs_find(struct span text, struct letter_pairs *out)
{
	*out = (struct letter_pairs){ { 0 } };
	for (size_t i = 1; i < text.length; i++)
		out->followers[text.data[i - 1] & 31] |= UINT32_C(1) << (text.data[i] & 31);
}

/* The words have one byte at least. */
bool letter_pairs_may_hold(const struct letter_pairs *pairs, const char *words)
{
	for (; words[0] != '\0' && words[1] != '\0'; words++)
		if (!letter_pairs_have(pairs, words[0], words[1]))
			return false;
	return true;
}
