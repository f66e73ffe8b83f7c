/* What a server port is by its book: what strangers got, what they were refused, and when. */
#include "detectors/posture.h"

#include <criterion/criterion.h>

#define N TIME_NEVER

/* One class of address: the first and the last time it was taken, and denied. */
struct book {
	int64_t taken_first, taken_last, denied_first, denied_last;
};

static void open_book(struct server *server, struct mailhost *host)
{
	*host = (struct mailhost){ .refused_taken_last_ns = N };
	*server =
	    (struct server){ .host = host, .first_ns = 1, .opened = true, .refused_last_ns = N };
	for (size_t c = 0; c < TRICK_CLASSES; c++) {
		server->taken_first_ns[c] = server->taken_last_ns[c] = N;
		server->denied_first_ns[c] = server->denied_last_ns[c] = N;
	}
}

static void write_class(struct server *server, size_t c, const struct book *book)
{
	server->taken_first_ns[c] = book->taken_first;
	server->taken_last_ns[c] = book->taken_last;
	server->denied_first_ns[c] = book->denied_first;
	server->denied_last_ns[c] = book->denied_last;
}

Test(posture, by_the_book)
{
	static const struct {
		const char *what;
		struct book plain, trick;
		int64_t refused, refused_taken;
		const char *posture;
		int64_t since;
	} rows[] = {
		{ "an empty book", { N, N, N, N }, { N, N, N, N }, N, N, "unknown", 1 },
		{ "denied", { N, N, 5, 9 }, { N, N, N, N }, N, N, "closed", 5 },
		{ "a trick denied", { N, N, N, N }, { N, N, 6, 6 }, N, N, "closed", 6 },
		{ "a connection refused, nothing else",
		  { N, N, N, N },
		  { N, N, N, N },
		  7,
		  N,
		  "unknown",
		  1 },
		{ "taken", { 4, 8, N, N }, { N, N, N, N }, N, N, "open", 4 },
		{ "taken at the beginning of time",
		  { 0, 0, N, N },
		  { N, N, N, N },
		  N,
		  N,
		  "open",
		  0 },
		{ "before 1970", { -9, -8, N, N }, { N, N, N, N }, N, N, "open", -9 },
		{ "denied before, then taken", { 4, 8, 2, 3 }, { N, N, N, N }, N, N, "open", 4 },
		{ "taken, then denied", { 4, 8, 9, 12 }, { N, N, N, N }, N, N, "fixed", 12 },
		{ "denied while it was taken", { 4, 8, 5, 12 }, { N, N, N, N }, N, N, "open", 4 },
		{ "the same, and what it took was denied",
		  { 4, 8, 5, 12 },
		  { N, N, N, N },
		  N,
		  12,
		  "fixed",
		  12 },
		{ "what it took was denied, and taken again",
		  { 4, 14, 5, 12 },
		  { N, N, N, N },
		  N,
		  12,
		  "open",
		  4 },
		{ "denied at the very time", { 4, 8, 8, 8 }, { N, N, N, N }, N, N, "open", 4 },
		{ "taken, then refused", { 4, 8, N, N }, { N, N, N, N }, 20, N, "fixed", 20 },
		{ "refused, then taken", { 4, 8, N, N }, { N, N, N, N }, 6, N, "open", 4 },
		{ "a trick taken, plain denied",
		  { N, N, 2, 30 },
		  { 10, 11, N, N },
		  N,
		  N,
		  "open",
		  10 },
		{ "one class fixed, the other not",
		  { 4, 8, 9, 12 },
		  { 5, 6, N, N },
		  N,
		  N,
		  "open",
		  4 },
		{ "both fixed", { 4, 8, 9, 12 }, { 5, 6, 20, 21 }, N, N, "fixed", 21 },
		{ "both refused", { 4, 8, N, N }, { 5, 6, N, N }, 30, N, "fixed", 30 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct mailhost host;
		struct server server;

		open_book(&server, &host);
		write_class(&server, 0, &rows[i].plain);
		write_class(&server, 1, &rows[i].trick);
		server.refused_last_ns = rows[i].refused;
		host.refused_taken_last_ns = rows[i].refused_taken;
		(void)posture_update(&server);
		cr_expect_str_eq(posture_word(server.posture), rows[i].posture, "%s: %s",
				 rows[i].what, posture_word(server.posture));
		cr_expect_eq(server.posture_since_ns, rows[i].since, "%s: %lld", rows[i].what,
			     (long long)server.posture_since_ns);
		cr_expect_not(posture_update(&server), "%s: asked again it is the same",
			      rows[i].what);
	}
}

Test(posture, what_is_only_exposed)
{
	static const struct book taken = { 4, 8, N, N };
	struct mailhost host;
	struct server server;

	open_book(&server, &host);
	server.opened = false;
	write_class(&server, 0, &taken);
	cr_expect(posture_update(&server));
	cr_expect_eq(server.posture, POSTURE_EXPOSED);
	server.opened = true;
	cr_expect(posture_update(&server));
	cr_expect_eq(server.posture, POSTURE_OPEN);
}

Test(posture, denials_are_entered)
{
	static const struct {
		bool opened, qmqp;
		const char *posture;
	} rows[] = {
		{ false, false, "closed" },
		{ false, true, "closed" },
		{ true, false, "closed" },
		{ true, true, "unknown" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct mailhost host;
		struct server server;

		open_book(&server, &host);
		server.opened = rows[i].opened;
		posture_enter_denied(&server, 0, rows[i].qmqp, 9);
		posture_enter_denied(&server, 0, rows[i].qmqp, 7);
		(void)posture_update(&server);
		cr_expect_str_eq(posture_word(server.posture), rows[i].posture, "row %zu", i);
		cr_expect_eq(server.strangers_denied, 2, "row %zu: counted all the same", i);
		if (server.posture == POSTURE_CLOSED)
			cr_expect_eq(server.posture_since_ns, 7, "row %zu", i);
	}
}
