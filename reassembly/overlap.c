#include "reassembly/overlap.h"

#include "reassembly/sequence.h"

#include <string.h>

static const char *const names[OVERLAP_POLICY_COUNT] = {
	[OVERLAP_LINUX] = "linux", [OVERLAP_BSD] = "bsd",         [OVERLAP_FIRST] = "first",
	[OVERLAP_LAST] = "last",   [OVERLAP_SOLARIS] = "solaris",
};

const char *overlap_policy_name(enum overlap_policy policy)
{
	return names[policy];
}

enum result overlap_policy_parse(const char *name, enum overlap_policy *out)
{
	for (int i = 0; i < OVERLAP_POLICY_COUNT; i++) {
		if (strcmp(names[i], name) != 0)
			continue;
		*out = (enum overlap_policy)i;
		return RESULT_OK;
	}
	return RESULT_BAD;
}

/* The table of the header. */
bool overlap_newer_wins(enum overlap_policy policy, const struct extent *newer,
			const struct extent *older)
{
	bool begins_first = sequence_before(newer->from, older->from);
	bool begins_no_later = !sequence_after(newer->from, older->from);
	bool ends_later = sequence_after(newer->to, older->to);

	switch (policy) {
	case OVERLAP_LINUX:
		return begins_first || (begins_no_later && ends_later);
	case OVERLAP_BSD:
		return begins_first;
	case OVERLAP_LAST:
		return true;
	case OVERLAP_SOLARIS:
		return ends_later || (begins_no_later && newer->to == older->to);
	case OVERLAP_FIRST:
	case OVERLAP_POLICY_COUNT:
		return false;
	}
	return false;
}
