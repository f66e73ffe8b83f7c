#include "protocols/mail_address.h"

#include <idn2.h>
#include <string.h>

#define TRICK_DEPTH_MAX 8
#define DOMAIN_MAX 255 /* RFC 1035, 2.3.4 */

/*
 * An address while it is taken apart. How real servers read one (PROTOCOLS 3.6): a source route
 * goes first, then the part after the last @ is the domain; what is left may itself be an
 * address, in quotes, behind a second @, by a bang path or by a percent hack.
 */
struct parts {
	char *local; /* in the caller's buffer; unquoting writes there */
	size_t local_length;
	struct span domain;
};

static struct span local_span(const struct parts *p)
{
	return span_of(p->local, p->local_length);
}

/* Drop bytes at the front of the local part. */
static void local_advance(struct parts *p, size_t bytes)
{
	p->local += bytes;
	p->local_length -= bytes;
}

static bool is_domain_byte(uint8_t byte)
{
	return ascii_is_digit(byte) || ascii_is_alpha(byte) || byte == '-' || byte == '_' ||
	       byte >= 0x80;
}

/* The mapping of IDNA also makes blanks and an @ out of their wide forms: that is no name. */
static bool is_name(struct span s)
{
	for (size_t i = 0; i < s.length; i++)
		if (!is_domain_byte(s.data[i]) && s.data[i] != '.')
			return false;
	return true;
}

/* Turn a U-label domain into A-labels; 0 when the library says no. */
static size_t fold_idn(struct span domain, char *out, size_t out_size)
{
	char text[DOMAIN_MAX + 1];
	uint8_t *ascii = NULL;
	size_t length = 0;

	if (domain.length > DOMAIN_MAX)
		return 0;
	memcpy(text, domain.data, domain.length);
	text[domain.length] = '\0';
	if (idn2_lookup_u8((const uint8_t *)text, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) !=
	    IDN2_OK)
		return 0;
	length = strlen((const char *)ascii);
	if (length <= out_size && is_name(span_of(ascii, length)))
		memcpy(out, ascii, length);
	else
		length = 0;
	idn2_free(ascii);
	return length;
}

/* Without the dots at the end; one of them only says that the name is whole (RFC 1034, 3.1). */
static struct span without_end_dots(struct span domain)
{
	domain = span_trim(domain);
	while (domain.length > 0 && domain.data[domain.length - 1] == '.')
		domain = span_trim(span_part(domain, 0, domain.length - 1));
	return domain;
}

/* Fold a domain for comparing: what cannot be folded is kept in lower case. */
size_t mail_domain_fold(struct span domain, char *out, size_t out_size)
{
	bool plain = true;
	size_t length;

	domain = without_end_dots(domain);
	if (domain.length == 0 || domain.length > out_size)
		return 0;
	for (size_t i = 0; i < domain.length; i++) {
		if (domain.data[i] == '\0')
			return 0;
		plain = plain && domain.data[i] < 0x80;
	}
	length = plain ? 0 : fold_idn(domain, out, out_size);
	if (length > 0) /* IDNA knows further dots, which are plain ones now */
		return without_end_dots(span_of(out, length)).length;
	for (size_t i = 0; i < domain.length; i++)
		out[i] = (char)ascii_lower(domain.data[i]);
	return domain.length;
}

/* Tell an address literal, RFC 5321, 4.1.3. */
static bool reads_as_literal(struct span s)
{
	if (s.length < 4 || s.data[0] != '[' || s.data[s.length - 1] != ']')
		return false;
	return ascii_is_digit(s.data[1]) || span_starts_nocase(s, "[IPv6:");
}

/*
 * Tell what would be looked up as a domain: labels with a dot between, and a letter in the last
 * one. "100%sure" and "wow!" hold none, so they are plain local parts.
 */
static bool reads_as_domain(struct span s)
{
	size_t label = 0, dots = 0;
	bool letter = false;

	if (reads_as_literal(s))
		return true;
	if (s.length > 0 && s.data[s.length - 1] == '.')
		s.length--;
	if (s.length > DOMAIN_MAX)
		return false;
	for (size_t i = 0; i < s.length; i++) {
		if (s.data[i] == '.' && label > 0) {
			dots++;
			label = 0;
			letter = false;
			continue;
		}
		if (!is_domain_byte(s.data[i]))
			return false;
		label++;
		letter = letter || ascii_is_alpha(s.data[i]) || s.data[i] >= 0x80;
	}
	return dots > 0 && label > 0 && letter;
}

/* Note a trick, where the embedded domain is another one than the outermost. */
static void note_trick(struct mail_address *out, struct span embedded, uint32_t trick)
{
	char folded[MAIL_ADDRESS_MAX];
	size_t length = mail_domain_fold(embedded, folded, sizeof(folded));

	if (!span_equal(span_of(folded, length),
			span_of(out->outer_domain, out->outer_domain_length)))
		out->tricks |= trick;
}

/* Undo the scanners' wrong wrapping on QMQP: 22:user@example.com, */
static void undo_netstring(struct parts *p, struct mail_address *out)
{
	size_t digits = 0, length = 0;

	while (digits < p->local_length && digits < 4 &&
	       ascii_is_digit((uint8_t)p->local[digits])) {
		length = length * 10 + (size_t)(p->local[digits] - '0');
		digits++;
	}
	if (digits == 0 || p->local_length != digits + length + 2)
		return;
	if (p->local[digits] != ':' || p->local[p->local_length - 1] != ',')
		return;
	local_advance(p, digits + 1);
	p->local_length--;
	out->tricks |= TRICK_NESTED_NETSTRING;
}

/* The length of a source route with its colon ("@a,@b:"), 0: there is none. */
static size_t route_length(struct span s)
{
	bool literal = false;

	if (s.length == 0 || s.data[0] != '@')
		return 0;
	for (size_t i = 1; i < s.length; i++) {
		if (s.data[i] == '[')
			literal = true;
		else if (s.data[i] == ']')
			literal = false;
		else if (s.data[i] == ':' && !literal)
			return i + 1;
	}
	return 0;
}

/* The first hop of a source route. */
static struct span route_first_hop(struct span route)
{
	struct span hop = span_part(route, 1, route.length - 2);
	size_t comma = span_find_byte(hop, ',');

	return comma == SPAN_NOT_FOUND ? hop : span_part(hop, 0, comma);
}

/* Split at the last @. What follows a quote is no domain: "u@foreign" has none. */
static bool split_at(struct parts *p)
{
	struct span whole = local_span(p);
	size_t at = span_find_last_byte(whole, '@');
	struct span domain;

	if (at == SPAN_NOT_FOUND)
		return false;
	domain = span_part(whole, at + 1, SIZE_MAX);
	if (span_find_byte(domain, '"') != SPAN_NOT_FOUND)
		return false;
	p->domain = domain;
	p->local_length = at;
	return true;
}

/* Take the quotes and backslashes off a local part that is quoted as a whole. */
static bool unquote(struct parts *p)
{
	size_t from = 1, to = 0;

	if (p->local_length < 2 || p->local[0] != '"' || p->local[p->local_length - 1] != '"')
		return false;
	while (from < p->local_length - 1) {
		if (p->local[from] == '\\' && from + 1 < p->local_length - 1)
			from++;
		p->local[to++] = p->local[from++];
	}
	p->local_length = to;
	return true;
}

/* An address within the local part: "u@foreign"@server, u@foreign@server, @server:u@foreign. */
static bool undo_inner_address(struct parts *p, struct mail_address *out, bool quoted)
{
	size_t route = route_length(local_span(p));
	struct parts inner = *p;

	if (route > 0 && route < p->local_length) {
		local_advance(&inner, route);
		if (!split_at(&inner) || !reads_as_domain(inner.domain))
			return false;
		note_trick(out, inner.domain, TRICK_SOURCE_ROUTE);
	} else {
		if (!split_at(&inner) || inner.local_length == 0 || !reads_as_domain(inner.domain))
			return false;
		note_trick(out, inner.domain, quoted ? TRICK_QUOTED_ADDRESS : TRICK_DOUBLE_AT);
	}
	*p = inner;
	return true;
}

/* foreign!u becomes u@foreign. */
static bool undo_bang(struct parts *p, struct mail_address *out)
{
	size_t bang = span_find_byte(local_span(p), '!');
	struct span host;

	if (bang == SPAN_NOT_FOUND || bang + 1 == p->local_length)
		return false;
	host = span_part(local_span(p), 0, bang);
	if (!reads_as_domain(host))
		return false;
	note_trick(out, host, TRICK_BANG_PATH);
	p->domain = host;
	local_advance(p, bang + 1);
	return true;
}

/* u%foreign becomes u@foreign. */
static bool undo_percent(struct parts *p, struct mail_address *out)
{
	size_t percent = span_find_last_byte(local_span(p), '%');
	struct span host;

	if (percent == SPAN_NOT_FOUND || percent == 0)
		return false;
	host = span_part(local_span(p), percent + 1, SIZE_MAX);
	if (!reads_as_domain(host))
		return false;
	note_trick(out, host, TRICK_PERCENT_HACK);
	p->domain = host;
	p->local_length = percent;
	return true;
}

/* Split the outermost address and remember its domain: of a source route, the first hop. */
static void split_outermost(struct parts *p, struct mail_address *out)
{
	size_t route = route_length(local_span(p));
	struct span outer;

	if (route > 0) {
		outer = route_first_hop(span_part(local_span(p), 0, route));
		local_advance(p, route);
		(void)split_at(p);
	} else {
		(void)split_at(p);
		outer = p->domain;
	}
	out->outer_domain_length = mail_domain_fold(outer, out->outer_domain,
						    sizeof(out->outer_domain));
	if (route > 0 && p->domain.length > 0)
		note_trick(out, p->domain, TRICK_SOURCE_ROUTE);
}

/* Undo one layer after the other. */
static void undo_tricks(struct parts *p, struct mail_address *out)
{
	for (int depth = 0; depth < TRICK_DEPTH_MAX; depth++) {
		bool quoted = unquote(p);

		if (undo_inner_address(p, out, quoted) || undo_bang(p, out) || undo_percent(p, out))
			continue;
		if (!quoted)
			return;
	}
}

/* Write local@domain, both folded. */
static void write_canonical(const struct parts *p, struct mail_address *out)
{
	size_t n = 0, domain;

	for (size_t i = 0; i < p->local_length; i++)
		out->canonical[n++] = (char)ascii_lower((uint8_t)p->local[i]);
	out->domain_start = n;
	out->canonical_length = n;
	domain = mail_domain_fold(p->domain, out->canonical + n + 1,
				  sizeof(out->canonical) - n - 1);
	if (domain == 0)
		return;
	out->canonical[n] = '@';
	out->domain_start = n + 1;
	out->canonical_length = n + 1 + domain;
}

/* Take an address apart. */
void mail_address_parse(struct span address, struct mail_address *out)
{
	char buffer[MAIL_ADDRESS_MAX];
	struct parts p = { .local = buffer };

	out->tricks = 0;
	address = span_trim(address);
	if (address.length > 0 && address.data[0] == '<')
		address = span_part(address, 1, SIZE_MAX);
	if (address.length > 0 && address.data[address.length - 1] == '>')
		address.length--;
	address = span_trim(span_part(address, 0, sizeof(buffer)));
	if (address.length > 0)
		memcpy(buffer, address.data, address.length);
	p.local_length = address.length;

	undo_netstring(&p, out);
	split_outermost(&p, out);
	undo_tricks(&p, out);
	if (p.domain.length > 1 && p.domain.data[p.domain.length - 1] == '.')
		out->tricks |= TRICK_TRAILING_DOT;
	if ((out->tricks & ~(uint32_t)TRICK_TRAILING_DOT) != 0 && out->outer_domain_length > 0 &&
	    out->outer_domain[0] == '[')
		out->tricks |= TRICK_ADDRESS_LITERAL;
	write_canonical(&p, out);
}

/* For --version. */
const char *mail_address_library_version(void)
{
	return idn2_check_version(NULL);
}
