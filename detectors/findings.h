/*
 * findings - judgements as the nouns that sinks print
 *
 * In:      pairs and servers.
 * Out:     struct finding and struct server_report, with the texts that they point to.
 * Limits:  SAMPLE_LINES_MAX lines of sample, REPORT_DOMAINS_MAX domains a server.
 * Errors:  -
 * Owner:   struct finding_parts owns the texts; clear it when the finding is not needed any more.
 */
#ifndef RELAYWATCH_DETECTORS_FINDINGS_H
#define RELAYWATCH_DETECTORS_FINDINGS_H

#include "detectors/advice.h"
#include "detectors/context.h"
#include "detectors/verdict.h"

#define SAMPLE_LINES_MAX 16
#define REPORT_DOMAINS_MAX 100

struct finding_parts {
	struct evidence evidence[RULE_COUNT];
	struct text reasons;
	const char *sample[SAMPLE_LINES_MAX];
};

/* out points into parts and into the pair. */
void finding_build(const struct pair *pair, const struct judgement *judgement,
		   struct finding_parts *parts, struct finding *out);
void finding_parts_clear(struct finding_parts *parts);
/* What closes the server, by what it is and by what its accused pairs show. */
uint32_t finding_advice(const struct detectors *d, const struct server *server,
			const char *lines[ADVICE_MAX]);
/* Every server, then every pair, sorted, to the sink. */
void findings_emit_all(struct detectors *d);

#endif
