#include "detectors/balancer.h"

#include "core/site.h"
#include "detectors/registrable.h"

#include <string.h>

/* Of the names that were counted: three times the error of the count. */
#define NAMES_SHARE_MIN 0.15

/* What networks call themselves inside, and the resolver's own. */
static const char *const inside_only[] = {
	"intranet", "internal",    "private",   "corp",    "home",      "lan",
	"local",    "localdomain", "localhost", "invalid", "home.arpa",
};

static bool is_inside_only(struct span name)
{
	for (size_t i = 0; i < ARRAY_COUNT(inside_only); i++)
		if (domain_is_or_below(name, span_text(inside_only[i])))
			return true;
	return false;
}

/* "[192.0.2.1]" or "[IPv6:2001:db8::1]", RFC 5321, 4.1.3: the network is what counts. */
static bool read_literal(struct balancer_name *name, size_t length)
{
	char address[IP_TEXT_MAX];
	struct ip_network around;
	const char *inside = name->text + 1;

	if (name->text[length - 1] != ']')
		return false;
	name->text[length - 1] = '\0';
	if (strncmp(inside, "ipv6:", 5) == 0)
		inside += 5;
	if (ip_address_parse(inside, &name->literal) != RESULT_OK ||
	    ip_address_is_private(&name->literal))
		return false;
	around = ip_network_around(&name->literal);
	(void)ip_address_format(&around.base, address);
	(void)memcpy(name->text, address, strlen(address) + 1);
	name->registrable = span_text(name->text);
	return true;
}

bool balancer_name_of(struct span helo, struct balancer_name *out)
{
	size_t n = helo.length;

	out->literal = (struct ip_address){ 0 };
	if (n > 0 && helo.data[n - 1] == '.')
		n--;
	if (n < 3 || n > BALANCER_NAME_MAX || span_find_byte(helo, '\0') != SPAN_NOT_FOUND)
		return false;
	for (size_t i = 0; i < n; i++)
		out->text[i] = (char)ascii_lower(helo.data[i]);
	out->text[n] = '\0';
	if (out->text[0] == '[')
		return read_literal(out, n);
	if (strchr(out->text, '.') == NULL || is_inside_only(span_text(out->text)))
		return false;
	out->registrable = registrable_domain(span_text(out->text));
	return out->registrable.length > 0;
}

void balancer_inward(struct balancer *b, uint64_t name_hash, uint64_t user_hash)
{
	(void)sketch_add(&b->names, name_hash);
	for (size_t i = 0; i < b->user_count; i++)
		if (b->users[i] == user_hash)
			return;
	if (b->user_count < BALANCER_USERS_MIN)
		b->users[b->user_count++] = user_hash;
}

void balancer_outward(struct balancer *b, uint64_t name_hash)
{
	(void)sketch_add(&b->names, name_hash);
	(void)sketch_add(&b->outward, name_hash);
}

/* By the names that brought nothing for others. */
bool balancer_is_one(const struct balancer *b)
{
	double inward;

	if (b == NULL || b->takes_mail || b->user_count < BALANCER_USERS_MIN)
		return false;
	inward = b->names.count - b->outward.count;
	return inward >= BALANCER_NAMES_MIN && inward >= NAMES_SHARE_MIN * b->names.count;
}
