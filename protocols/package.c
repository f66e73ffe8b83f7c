#include "protocols/package.h"

#include "protocols/mail_port.h"

/* Start on a new package; the transaction of the last one was taken. */
void package_begin(struct package *package, enum package_kind kind, struct session *session)
{
	struct netstring_text *text = &package->text;

	/* The text's bytes need no clearing: how many of them count is said beside them. */
	text->state = NETSTRING_HEAD;
	text->head = (struct netstring_head){ 0 };
	text->left = 0;
	text->kept = 0;
	text->odd = false;
	text->holed = false;
	package->kind = kind;
	package->state = kind == PACKAGE_QMQP ? PACKAGE_OUTER : PACKAGE_MESSAGE_HEAD;
	package->session = session;
	package->transaction = NULL;
	package->head = (struct netstring_head){ 0 };
	package->message_left = 0;
	package->list_left = 0;
	package->recipients = 0;
	package->lost_recipient = UINT64_MAX;
	package->begun = false;
	package->strict = false;
	package->lenient = false;
	package->recipients_unsure = false;
	package->gap = false;
}

static void flag_malformed(struct package *package, bool malformed)
{
	if (malformed)
		session_add_flags(package->session, SESSION_MALFORMED);
}

/* On a port that says nothing, one number is too little to call it mail. */
static bool on_mail_port(const struct package *package)
{
	return mail_port_find(session_connection(package->session)->server_port) != NULL;
}

/* QMQP: how much of the request its own number leaves; a hole then has a known end. */
static void count_request(struct package *package, uint64_t taken)
{
	flag_malformed(package, taken > package->list_left);
	package->list_left -= taken < package->list_left ? taken : package->list_left;
}

/* The message's length was read. */
static void begin_message(struct package *package)
{
	if (package->kind == PACKAGE_QMQP)
		count_request(package, package->head.digits + UINT64_C(1));
	package->message_left = package->head.length;
	package->head = (struct netstring_head){ 0 };
	package->state = package->kind == PACKAGE_QMTP ? PACKAGE_ENCODING : PACKAGE_MESSAGE;
	if (package->kind == PACKAGE_QMQP && package->message_left == 0)
		package->state = PACKAGE_MESSAGE_COMMA;
}

static enum result read_encoding(struct package *package, struct cursor *in)
{
	/* "The message netstring is never empty" and other bytes are "reserved". */
	if (package->message_left == 0 || (*in->at != '\n' && *in->at != '\r'))
		return RESULT_BAD;
	cursor_skip(in, 1);
	package->message_left--;
	package->state = package->message_left > 0 ? PACKAGE_MESSAGE : PACKAGE_MESSAGE_COMMA;
	return RESULT_OK;
}

static enum result read_number(struct package *package, struct cursor *in)
{
	enum result r = netstring_head_read(&package->head, in);

	package->lenient = package->lenient || package->head.lenient;
	if (package->strict && package->lenient)
		return RESULT_BAD;
	if (r == RESULT_OK)
		flag_malformed(package, package->head.odd);
	return r;
}

/* Read the numbers at the front. */
enum result package_read_head(struct package *package, struct cursor *in, const struct chunk *chunk)
{
	if (!package->begun && !cursor_done(in)) {
		package->begun = true;
		package->start_ns = chunk->time_ns;
		package->start_at = chunk->at;
	}
	while (!cursor_done(in)) {
		enum result r;

		if (package->state == PACKAGE_ENCODING)
			return read_encoding(package, in);
		r = read_number(package, in);
		if (r != RESULT_OK)
			return r;
		if (package->state == PACKAGE_MESSAGE_HEAD) {
			begin_message(package);
			if (package->kind == PACKAGE_QMQP)
				return RESULT_OK;
			continue;
		}
		package->list_left = package->head.length;
		package->head = (struct netstring_head){ 0 };
		package->state = PACKAGE_MESSAGE_HEAD;
	}
	return RESULT_MORE;
}

/* The transaction begins; without memory the package is read on without one. */
void package_confirm(struct package *package)
{
	if (on_mail_port(package))
		session_set_established(package->session);
	if (transaction_new(&package->transaction, package->session, package->start_ns,
			    package->start_at) != RESULT_OK)
		session_env(package->session)->stats->forgotten++;
}

static enum result pass_message(struct package *package, struct cursor *in)
{
	size_t here = cursor_left(in);
	struct span bytes;

	if (here > package->message_left)
		here = (size_t)package->message_left;
	bytes = cursor_take(in, here);
	if (package->transaction != NULL)
		message_feed(transaction_message(package->transaction), bytes);
	package->message_left -= here;
	if (package->message_left == 0)
		package->state = PACKAGE_MESSAGE_COMMA;
	return RESULT_MORE;
}

/*
 * The message ends where its number said. On a port that says nothing the sender has to follow as
 * well: in the noise of a full link a comma stands at the right place every few minutes.
 */
static void end_message(struct package *package)
{
	if (on_mail_port(package))
		session_set_established(package->session);
	package->state = PACKAGE_SENDER;
}

static enum result read_message_comma(struct package *package, struct cursor *in)
{
	if (*in->at != ',')
		return RESULT_BAD;
	cursor_skip(in, 1);
	end_message(package);
	return RESULT_MORE;
}

/* The sender is complete; one with a hole in it was not seen. */
static void end_sender(struct package *package)
{
	session_set_established(package->session);
	if (package->transaction != NULL && !package->text.holed)
		transaction_set_sender(package->transaction, netstring_text_get(&package->text));
	package->state = package->kind == PACKAGE_QMTP ? PACKAGE_LIST : PACKAGE_RECIPIENT;
}

static enum result read_sender(struct package *package, struct cursor *in)
{
	enum result r = netstring_text_read(&package->text, in);

	flag_malformed(package, package->text.odd);
	if (r != RESULT_OK)
		return r;
	end_sender(package);
	return RESULT_MORE;
}

static enum result read_list(struct package *package, struct cursor *in)
{
	enum result r = read_number(package, in);

	if (r != RESULT_OK)
		return r;
	package->list_left = package->head.length;
	package->head = (struct netstring_head){ 0 };
	package->state = package->list_left > 0 ? PACKAGE_RECIPIENT : PACKAGE_END;
	flag_malformed(package, package->list_left == 0); /* "1*" of them */
	return RESULT_MORE;
}

/* A recipient is complete; one with a hole in it is not listed, but has an answer to come. */
static void end_recipient(struct package *package, int64_t time_ns, struct frame_id at)
{
	struct span address = netstring_text_get(&package->text);
	uint32_t number;

	package->recipients++;
	if (package->text.holed && package->lost_recipient == UINT64_MAX) {
		package->lost_recipient = package->recipients - 1;
		return;
	}
	if (package->text.holed)
		package->recipients_unsure = true;
	if (package->recipients_unsure || package->transaction == NULL)
		return;
	if (transaction_add_recipient(package->transaction, address, time_ns, at, &number) !=
	    RESULT_OK)
		return; /* counted there */
}

/* A recipient inside QMTP's list, which ends where its own number says. */
static enum result read_listed(struct package *package, struct cursor *in,
			       const struct chunk *chunk)
{
	struct cursor list = cursor_of(span_part(cursor_rest(in), 0, (size_t)package->list_left));
	size_t before = cursor_left(&list);
	enum result r = netstring_text_read(&package->text, &list);
	size_t taken = before - cursor_left(&list);

	flag_malformed(package, package->text.odd);
	cursor_skip(in, taken);
	package->list_left -= taken;
	if (r == RESULT_OK)
		end_recipient(package, chunk->time_ns, chunk->at);
	if (r == RESULT_BAD)
		return r;
	if (package->list_left > 0)
		return RESULT_MORE;
	package->state = PACKAGE_END;
	return r == RESULT_OK ? RESULT_MORE : RESULT_BAD; /* it is longer than the list */
}

/*
 * A recipient of QMQP. The request's own number is not believed: mailfront's qmqpfront reads
 * recipients until a comma stands in the place of a length, and takes the mail.
 */
static enum result read_recipient(struct package *package, struct cursor *in,
				  const struct chunk *chunk)
{
	enum result r;

	if (package->kind == PACKAGE_QMTP)
		return read_listed(package, in, chunk);
	if (netstring_text_is_fresh(&package->text) && *in->at == ',') {
		package->state = PACKAGE_END;
		return RESULT_MORE;
	}
	r = netstring_text_read(&package->text, in);
	flag_malformed(package, package->text.odd);
	if (r != RESULT_OK)
		return r;
	end_recipient(package, chunk->time_ns, chunk->at);
	return RESULT_MORE;
}

static enum result skip_list(struct package *package, struct cursor *in)
{
	size_t here = cursor_left(in);

	if (here > package->list_left)
		here = (size_t)package->list_left;
	cursor_skip(in, here);
	package->list_left -= here;
	if (package->list_left == 0)
		package->state = PACKAGE_END;
	return RESULT_MORE;
}

static void complete(struct package *package, int64_t time_ns, struct frame_id at)
{
	if (package->transaction != NULL)
		transaction_set_complete(package->transaction, time_ns, at);
}

static enum result read_end(struct package *package, struct cursor *in, const struct chunk *chunk)
{
	if (*in->at != ',')
		return RESULT_BAD;
	cursor_skip(in, 1);
	flag_malformed(package, package->kind == PACKAGE_QMQP && package->list_left > 0);
	complete(package, chunk->time_ns, chunk->at);
	return RESULT_OK;
}

/* One step; nothing is read twice. */
static enum result read_step(struct package *package, struct cursor *in, const struct chunk *chunk)
{
	switch (package->state) {
	case PACKAGE_OUTER:
	case PACKAGE_MESSAGE_HEAD:
	case PACKAGE_ENCODING:
		return RESULT_BAD; /* package_read_head comes first */
	case PACKAGE_MESSAGE:
		return pass_message(package, in);
	case PACKAGE_MESSAGE_COMMA:
		return read_message_comma(package, in);
	case PACKAGE_SENDER:
		return read_sender(package, in);
	case PACKAGE_LIST:
		return read_list(package, in);
	case PACKAGE_RECIPIENT:
		return read_recipient(package, in, chunk);
	case PACKAGE_SKIP:
		return skip_list(package, in);
	case PACKAGE_END:
		return read_end(package, in, chunk);
	}
	return RESULT_BAD;
}

/* Whether a step counts what it takes off the request: QMTP's list and a skip do it themselves. */
static bool counts_request(const struct package *package)
{
	return package->kind == PACKAGE_QMQP && package->state != PACKAGE_SKIP &&
	       package->state != PACKAGE_END;
}

/* Read what follows the head. */
enum result package_read(struct package *package, struct cursor *in, const struct chunk *chunk)
{
	enum result r = RESULT_MORE;

	while (r == RESULT_MORE && !cursor_done(in)) {
		size_t before = cursor_left(in);
		bool counts = counts_request(package);

		r = read_step(package, in, chunk);
		if (counts)
			count_request(package, before - cursor_left(in));
	}
	return r;
}

/* A hole that begins in the message. */
static enum result gap_message(struct package *package, uint64_t length_bytes)
{
	uint64_t left = package->message_left;
	uint64_t inside = length_bytes < left ? length_bytes : left;

	if (package->transaction != NULL && inside > 0)
		message_gap(transaction_message(package->transaction), inside);
	package->message_left -= inside;
	if (length_bytes > left + 1)
		return RESULT_BAD;
	if (package->message_left == 0)
		package->state = PACKAGE_MESSAGE_COMMA;
	if (inside < length_bytes)
		end_message(package);
	return RESULT_MORE;
}

static enum result gap_sender(struct package *package, uint64_t length_bytes)
{
	enum result r = netstring_text_gap(&package->text, length_bytes);

	if (r != RESULT_OK)
		return r;
	end_sender(package);
	return RESULT_MORE;
}

/* Which recipients lie in the hole cannot be told; where the list ends can. */
static enum result gap_list(struct package *package, const struct gap *gap)
{
	uint64_t length = gap->length_bytes;

	package->recipients_unsure = true;
	if (length > package->list_left + 1)
		return RESULT_BAD;
	if (length == package->list_left + 1) {
		complete(package, gap->time_ns, gap->at);
		return RESULT_OK;
	}
	package->list_left -= length;
	package->state = package->list_left > 0 ? PACKAGE_SKIP : PACKAGE_END;
	return RESULT_MORE;
}

/* A hole that begins in a recipient: inside its text it takes no more than that one. */
static enum result gap_recipient(struct package *package, const struct gap *gap)
{
	enum result r = RESULT_BAD;

	if (gap->length_bytes <= package->list_left)
		r = netstring_text_gap(&package->text, gap->length_bytes);
	if (r == RESULT_BAD)
		return gap_list(package, gap);
	package->list_left -= gap->length_bytes;
	if (r == RESULT_OK)
		end_recipient(package, gap->time_ns, gap->at);
	if (package->kind == PACKAGE_QMTP && package->list_left == 0)
		package->state = PACKAGE_END;
	return RESULT_MORE;
}

static enum result gap_step(struct package *package, const struct gap *gap)
{
	switch (package->state) {
	case PACKAGE_OUTER:
	case PACKAGE_MESSAGE_HEAD:
	case PACKAGE_ENCODING:
	case PACKAGE_LIST:
		return RESULT_BAD;
	case PACKAGE_MESSAGE:
	case PACKAGE_MESSAGE_COMMA:
		return gap_message(package, gap->length_bytes);
	case PACKAGE_SENDER:
		return gap_sender(package, gap->length_bytes);
	case PACKAGE_RECIPIENT:
		return gap_recipient(package, gap);
	case PACKAGE_SKIP:
		return gap_list(package, gap);
	case PACKAGE_END:
		if (gap->length_bytes > 1)
			return RESULT_BAD;
		complete(package, gap->time_ns, gap->at);
		return RESULT_OK;
	}
	return RESULT_BAD;
}

/*
 * QMQP before its recipients: a hole that leaves the text it began in still has an end that the
 * request's own number tells.
 */
static enum result gap_front(struct package *package, const struct gap *gap, enum result r)
{
	if (r == RESULT_MORE)
		count_request(package, gap->length_bytes);
	return r == RESULT_BAD ? gap_list(package, gap) : r;
}

/* Step over missing bytes. */
enum result package_gap(struct package *package, const struct gap *gap)
{
	bool front = package->kind == PACKAGE_QMQP &&
		     (package->state == PACKAGE_MESSAGE ||
		      package->state == PACKAGE_MESSAGE_COMMA || package->state == PACKAGE_SENDER);
	enum result r = gap_step(package, gap);

	package->gap = true;
	if (front)
		r = gap_front(package, gap, r);
	if (r == RESULT_BAD)
		package->recipients_unsure = true;
	return r;
}

/* Hand the transaction over. */
struct transaction *package_take_transaction(struct package *package)
{
	struct transaction *transaction = package->transaction;

	package->transaction = NULL;
	return transaction;
}

/* Free what is left. */
void package_clear(struct package *package)
{
	transaction_free(&package->transaction);
}
