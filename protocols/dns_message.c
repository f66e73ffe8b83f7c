#include "protocols/dns_message.h"

#include "core/cursor.h"

#include <arpa/nameser.h>
#include <resolv.h>
#include <string.h>

static const struct {
	ns_type wire;
	enum dns_type type;
} types[] = {
	{ ns_t_mx, DNS_MX },
	{ ns_t_a, DNS_A },
	{ ns_t_aaaa, DNS_AAAA },
};

static bool find_type(ns_type wire, enum dns_type *out)
{
	for (size_t i = 0; i < ARRAY_COUNT(types); i++) {
		if (types[i].wire == wire) {
			*out = types[i].type;
			return true;
		}
	}
	return false;
}

/* Copy a name as it is compared: lower case, without the dot of the root. */
static size_t fold_name(const char *name, char out[DNS_NAME_MAX])
{
	size_t length = strlen(name);

	if (length == 1 && name[0] == '.')
		length = 0;
	if (length >= DNS_NAME_MAX)
		length = DNS_NAME_MAX - 1;
	for (size_t i = 0; i < length; i++)
		out[i] = (char)ascii_lower((uint8_t)name[i]);
	out[length] = '\0';
	return length;
}

static enum result parse(struct span message, ns_msg *out)
{
	if (message.length < NS_HFIXEDSZ || message.length > DNS_MESSAGE_MAX_BYTES ||
	    ns_initparse(message.data, (int)message.length, out) != 0)
		return RESULT_BAD;
	return RESULT_OK;
}

/* Read the header and the question. */
enum result dns_question_read(struct span message, struct dns_question *out)
{
	struct dns_question question = { 0 };
	ns_msg msg;
	ns_rr rr;

	if (parse(message, &msg) != RESULT_OK)
		return RESULT_BAD;
	if (ns_msg_getflag(msg, ns_f_opcode) != ns_o_query || ns_msg_count(msg, ns_s_qd) != 1)
		return RESULT_END;
	if (ns_parserr(&msg, ns_s_qd, 0, &rr) != 0)
		return RESULT_BAD;
	if (ns_rr_class(rr) != ns_c_in || !find_type(ns_rr_type(rr), &question.type))
		return RESULT_END;
	question.id = ns_msg_id(msg);
	question.is_answer = ns_msg_getflag(msg, ns_f_qr) != 0;
	question.truncated = ns_msg_getflag(msg, ns_f_tc) != 0;
	question.rcode = (uint8_t)ns_msg_getflag(msg, ns_f_rcode);
	question.name_length = fold_name(ns_rr_name(rr), question.name);
	*out = question;
	return RESULT_OK;
}

/* How many records of a section are looked at. */
static int record_count(ns_msg *msg, ns_sect section)
{
	int count = ns_msg_count(*msg, section);

	return count < DNS_RECORDS_MAX ? count : DNS_RECORDS_MAX;
}

/* A record's owner; false: not of the Internet's class. */
static bool owner_of(const ns_rr *rr, char out[DNS_NAME_MAX], size_t *out_length)
{
	*out_length = fold_name(ns_rr_name(*rr), out);
	return ns_rr_class(*rr) == ns_c_in;
}

static bool is_owned_by(const ns_rr *rr, struct span name)
{
	char owner[DNS_NAME_MAX];
	size_t length;

	return owner_of(rr, owner, &length) && span_equal(span_of(owner, length), name);
}

/* Read a name inside a record's data, which may be compressed. */
static bool data_name(ns_msg *msg, struct span data, char out[DNS_NAME_MAX], size_t *out_length)
{
	char text[NS_MAXDNAME];

	if (dn_expand(ns_msg_base(*msg), ns_msg_end(*msg), data.data, text, sizeof(text)) < 0)
		return false;
	*out_length = fold_name(text, out);
	return true;
}

/* Find the alias of a name; it replaces the name. */
static bool follow_alias(ns_msg *msg, char name[DNS_NAME_MAX], size_t *length)
{
	for (int i = 0; i < record_count(msg, ns_s_an); i++) {
		ns_rr rr;

		if (ns_parserr(msg, ns_s_an, i, &rr) != 0)
			return false;
		if (ns_rr_type(rr) == ns_t_cname && is_owned_by(&rr, span_of(name, *length)))
			return data_name(msg, span_of(ns_rr_rdata(rr), ns_rr_rdlen(rr)), name,
					 length);
	}
	return false;
}

/* Keep a name; RESULT_LIMIT: it does not fit. */
static enum result keep_name(struct dns_records *out, struct span name, struct span *kept)
{
	char *place = out->names + out->names_used;

	if (name.length > sizeof(out->names) - out->names_used)
		return RESULT_LIMIT;
	if (name.length > 0)
		memcpy(place, name.data, name.length);
	out->names_used += name.length;
	*kept = span_of(place, name.length);
	return RESULT_OK;
}

static enum result read_exchange(ns_msg *msg, struct span data, struct dns_records *records,
				 struct fact_dns_answer *answer)
{
	struct cursor in = cursor_of(data);
	char name[DNS_NAME_MAX];
	size_t length;

	answer->preference = cursor_be16(&in);
	if (in.failed || cursor_done(&in) || !data_name(msg, cursor_rest(&in), name, &length))
		return RESULT_BAD;
	return keep_name(records, span_of(name, length), &answer->exchange);
}

static enum result read_data(ns_msg *msg, struct span data, struct dns_records *records,
			     struct fact_dns_answer *answer)
{
	switch (answer->type) {
	case DNS_MX:
		return read_exchange(msg, data, records, answer);
	case DNS_A:
		if (data.length != NS_INADDRSZ)
			return RESULT_BAD;
		answer->address = ip_address_v4(data.data);
		return RESULT_OK;
	case DNS_AAAA:
		if (data.length != NS_IN6ADDRSZ)
			return RESULT_BAD;
		answer->address = ip_address_v6(data.data);
		return RESULT_OK;
	}
	return RESULT_BAD;
}

/* Make an answer of a record; where there is no room, it is left out. */
static enum result add_answer(ns_msg *msg, const ns_rr *rr, enum dns_type type, struct span owner,
			      struct dns_records *records)
{
	struct span data = span_of(ns_rr_rdata(*rr), ns_rr_rdlen(*rr));
	struct fact_dns_answer answer = { .type = type, .owner = owner, .ttl_s = ns_rr_ttl(*rr) };
	enum result r;

	if (records->answer_count == DNS_RECORDS_MAX)
		return RESULT_OK;
	r = read_data(msg, data, records, &answer);
	if (r == RESULT_OK)
		records->answers[records->answer_count++] = answer;
	return r == RESULT_BAD ? RESULT_BAD : RESULT_OK;
}

/* The records that answer the question; they count for the name that was asked. */
static enum result add_answers(ns_msg *msg, const struct dns_question *question, struct span name,
			       struct dns_records *out)
{
	struct span asked = span_of(question->name, question->name_length);

	for (int i = 0; i < record_count(msg, ns_s_an); i++) {
		enum dns_type type;
		ns_rr rr;

		if (ns_parserr(msg, ns_s_an, i, &rr) != 0)
			return RESULT_BAD;
		if (!find_type(ns_rr_type(rr), &type) || type != question->type ||
		    !is_owned_by(&rr, name))
			continue;
		if (add_answer(msg, &rr, type, asked, out) != RESULT_OK)
			return RESULT_BAD;
	}
	return RESULT_OK;
}

/* The exchange of this name among the answers, or NULL. */
static const struct span *find_exchange(const struct dns_records *records, uint32_t answer_count,
					struct span name)
{
	for (uint32_t i = 0; i < answer_count; i++)
		if (name.length > 0 && span_equal(records->answers[i].exchange, name))
			return &records->answers[i].exchange;
	return NULL;
}

/* Addresses of exchanges that came along (RFC 1035, 3.3.9); of nothing else are they believed. */
static enum result add_addresses(ns_msg *msg, struct dns_records *out)
{
	uint32_t exchange_count = out->answer_count;

	for (int i = 0; i < record_count(msg, ns_s_ar); i++) {
		char owner[DNS_NAME_MAX];
		const struct span *exchange;
		enum dns_type type;
		size_t length;
		ns_rr rr;

		if (ns_parserr(msg, ns_s_ar, i, &rr) != 0)
			return RESULT_BAD;
		if (!find_type(ns_rr_type(rr), &type) || type == DNS_MX ||
		    !owner_of(&rr, owner, &length))
			continue;
		exchange = find_exchange(out, exchange_count, span_of(owner, length));
		if (exchange != NULL && add_answer(msg, &rr, type, *exchange, out) != RESULT_OK)
			return RESULT_BAD;
	}
	return RESULT_OK;
}

/*
 * RFC 2308, 2.2: name servers in the authority section without the zone's SOA make a referral;
 * with it, or with neither, there is no such record.
 */
static bool is_referral(ns_msg *msg)
{
	bool name_servers = false;

	for (int i = 0; i < record_count(msg, ns_s_ns); i++) {
		ns_rr rr;

		if (ns_parserr(msg, ns_s_ns, i, &rr) != 0)
			return false;
		if (ns_rr_type(rr) == ns_t_soa)
			return false;
		name_servers |= ns_rr_type(rr) == ns_t_ns;
	}
	return name_servers;
}

/* Read what the answer says. */
enum result dns_records_read(struct span message, const struct dns_question *question,
			     struct dns_records *out)
{
	char name[DNS_NAME_MAX];
	size_t length = fold_name(question->name, name);
	int aliases = 0;
	enum result r;
	ns_msg msg;

	out->answer_count = 0;
	out->names_used = 0;
	if (parse(message, &msg) != RESULT_OK)
		return RESULT_BAD;
	while (aliases < DNS_ALIASES_MAX && follow_alias(&msg, name, &length))
		aliases++;
	r = add_answers(&msg, question, span_of(name, length), out);
	if (r != RESULT_OK)
		return r;
	if (out->answer_count == 0 && question->rcode == ns_r_noerror && is_referral(&msg))
		return RESULT_END;
	return question->type == DNS_MX ? add_addresses(&msg, out) : RESULT_OK;
}
