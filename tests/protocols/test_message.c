#include "protocols/message.h"
#include "protocols/received.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct message *begin(void)
{
	struct message *m = NULL;

	cr_assert_eq(message_new(&m), RESULT_OK);
	return m;
}

static struct message *fed(const char *text)
{
	struct message *m = begin();

	message_feed(m, span_text(text));
	message_finish(m);
	return m;
}

static void expect_span(struct span got, const char *want, const char *what)
{
	cr_expect(span_equal(got, span_text(want)), "%s: '%.*s', not '%s'", what, (int)got.length,
		  (const char *)got.data, want);
}

static const char mail[] = "Received: from client.test (client.test [203.0.113.9])\r\n"
			   "\tby mx.example.com (Postfix) with ESMTP id 1234\r\n"
			   "\tfor <u@example.com>; Wed, 25 Nov 2026 10:00:00 +0000\r\n"
			   "From: \"A <b>\" <Anna@example.net>\r\n"
			   "Message-ID:\r\n <abc@example.net>\r\n"
			   "Subject : odd\r\n"
			   "Date: Wed, 25 Nov 2026 10:00:00 +0000\r\n"
			   "Return-Path: <bounce@example.net>\r\n"
			   "X-Originating-IP: [198.51.100.7]\r\n"
			   "Auto-Submitted: no\r\n"
			   "\r\n"
			   "Hello  \r\n\r\n\tworld \t x\r\n\r\n";

Test(message, reads_the_head)
{
	struct message *m = fed(mail);
	struct message_info info;
	char address[IP_TEXT_MAX];

	message_info_get(m, &info);
	expect_span(info.message_id, "abc@example.net", "message id");
	expect_span(info.header_from, "Anna@example.net", "from");
	expect_span(info.date, "Wed, 25 Nov 2026 10:00:00 +0000", "date");
	expect_span(info.return_path, "bounce@example.net", "return path");
	cr_expect_str_eq(ip_address_format(&info.originating, address), "198.51.100.7");
	cr_assert_eq(info.trace_count, 1);
	expect_span(info.trace[0].from_name, "client.test", "from name");
	expect_span(info.trace[0].by, "mx.example.com", "by");
	expect_span(info.trace[0].with, "ESMTP", "with");
	expect_span(info.trace[0].for_address, "u@example.com", "for");
	cr_expect(info.head_complete && info.digest_known);
	cr_expect(!info.is_automatic && !info.has_list_headers);
	message_free(&m);
}

Test(message, any_cut_gives_the_same)
{
	struct message *whole = fed(mail);
	struct message_info a, b;

	message_info_get(whole, &a);
	for (size_t step = 1; step < 40; step++) {
		struct message *m = begin();

		for (size_t at = 0; at < sizeof(mail) - 1; at += step)
			message_feed(m, span_part(span_text(mail), at, step));
		message_finish(m);
		message_info_get(m, &b);
		cr_expect(span_equal(a.message_id, b.message_id) && a.bytes == b.bytes &&
			  a.body_bytes == b.body_bytes && a.trace_count == b.trace_count &&
			  memcmp(a.digest, b.digest, 16) == 0);
		message_free(&m);
	}
	message_free(&whole);
}

static void digest_of(const char *text, uint8_t out[16], struct message_info *info)
{
	struct message *m = fed(text);

	message_info_get(m, info);
	memcpy(out, info->digest, 16);
	message_free(&m);
}

/* Both legs of a relay have one digest, whatever was added to the head. */
Test(message, digest_is_of_the_body_alone)
{
	static const struct {
		const char *a, *b;
		bool same;
	} cases[] = {
		{ "A: b\r\n\r\nx y\r\nz\r\n", "Q: r\nA: b\n\nx y\nz\n", true },
		{ "A: b\r\n\r\nx y \t\r\nz\r\n\r\n\r\n", "A: b\r\n\r\nx y\r\nz", true },
		{ "\r\nno head at all\r\n", "A: b\r\n\r\nno head at all\r\n", true },
		{ "no head at all\r\n", "A: b\r\n\r\nno head at all\r\n", true },
		{ "A: b\r\n\r\nx\r\ny\r\n", "A: b\r\n\r\nx\r\n\r\ny\r\n", false },
		{ "A: b\r\n\r\n x\r\n", "A: b\r\n\r\nx\r\n", false },
		{ "A: b\r\n\r\nx\ry\r\n", "A: b\r\n\r\nxy\r\n", false },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		uint8_t a[16], b[16];
		struct message_info info;

		digest_of(cases[i].a, a, &info);
		cr_expect(info.digest_known);
		digest_of(cases[i].b, b, &info);
		cr_expect_eq(memcmp(a, b, 16) == 0, cases[i].same, "row %zu", i);
	}
}

Test(message, long_runs_of_blanks_are_cut_alike)
{
	char *text = calloc(1, 4096);
	struct message_info a, b;
	struct message *whole, *bytewise;

	for (size_t run = 250; run < 1100; run += 50) {
		memset(text, ' ', 4096);
		memcpy(text, "A: b\n\nx", 7);
		memcpy(text + 7 + run, "\ny", 3);
		whole = fed(text);
		bytewise = begin();
		for (size_t i = 0; i < run + 9; i++)
			message_feed(bytewise, span_of(text + i, 1));
		message_finish(bytewise);
		message_info_get(whole, &a);
		message_info_get(bytewise, &b);
		cr_expect(memcmp(a.digest, b.digest, 16) == 0, "run of %zu", run);
		message_free(&whole);
		message_free(&bytewise);
	}
	free(text);
}

Test(message, marks)
{
	static const struct {
		const char *text;
		bool list, automatic;
	} cases[] = {
		{ "List-Id: <a.example>\r\n\r\n", true, false },
		{ "Precedence: bulk\r\n\r\n", true, false },
		{ "precedence: LIST\r\n\r\n", true, false },
		{ "Precedence: first-class\r\n\r\n", false, false },
		{ "Auto-Submitted: auto-replied\r\n\r\n", false, true },
		{ "Auto-Submitted: no; x=y\r\n\r\n", false, false },
		{ "Content-Type: multipart/report;\r\n report-type=delivery-status;\r\n\r\n", false,
		  true },
		{ "X-List-Id: x\r\n\r\n", false, false },
		{ "\r\nList-Id: in the body\r\n", false, false },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct message *m = fed(cases[i].text);
		struct message_info info;

		message_info_get(m, &info);
		cr_expect_eq(info.has_list_headers, cases[i].list, "row %zu", i);
		cr_expect_eq(info.is_automatic, cases[i].automatic, "row %zu", i);
		message_free(&m);
	}
}

/* TRAPS Z11: an attached message, and a second field of the same name, change nothing. */
Test(message, z11_nested_message_is_not_the_outer_one)
{
	struct message *m = fed("Message-ID: <outer@x>\r\nMessage-ID: <second@x>\r\n\r\n"
				"Content-Type: message/rfc822\r\n\r\nMessage-ID: <inner@x>\r\n");
	struct message_info info;

	message_info_get(m, &info);
	expect_span(info.message_id, "outer@x", "message id");
	message_free(&m);
}

/* The size is the same however the lines end, and in whatever pieces they come. */
Test(message, size_counts_line_ends_as_crlf)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} rows[] = {
		{ "a: b\r\n\r\nc\r\n", 11 },
		{ "a: b\n\nc\n", 11 },
		{ "a: b\n\nc", 9 },
		{ "\n", 2 },
		{ "\r\n", 2 },
		{ "\r\r\n", 3 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		for (size_t piece = 1; piece <= strlen(rows[i].text); piece++) {
			struct message *m = begin();
			struct message_info info;
			struct span rest = span_text(rows[i].text);

			for (; rest.length > 0; rest = span_part(rest, piece, SIZE_MAX))
				message_feed(m, span_part(rest, 0, piece));
			message_finish(m);
			message_info_get(m, &info);
			cr_expect_eq(info.bytes, rows[i].bytes, "row %zu in pieces of %zu: %zu", i,
				     piece, (size_t)info.bytes);
			message_free(&m);
		}
	}
}

Test(message, gaps)
{
	struct message *m = begin();
	struct message_info info;

	message_feed(m, span_text("From: a@b\r\nMess"));
	message_gap(m, 100);
	message_feed(m, span_text("Message-ID: <inner@x>\r\n\r\nbody\r\n"));
	message_finish(m);
	message_info_get(m, &info);
	expect_span(info.header_from, "a@b", "from");
	cr_expect_eq(info.message_id.length, 0);
	cr_expect(!info.head_complete && !info.digest_known);
	cr_expect_eq(info.bytes, 15 + 100 + 31);
	message_free(&m);

	m = begin();
	message_feed(m, span_text("A: b\r\n\r\nbo"));
	message_gap(m, 2);
	message_feed(m, span_text("\r\n"));
	message_finish(m);
	message_info_get(m, &info);
	cr_expect(info.head_complete && !info.digest_known);
	message_free(&m);
}

Test(message, empty_and_endless)
{
	struct message *m = fed("");
	struct message_info info;
	char *text = calloc(1, 1 << 20);

	message_info_get(m, &info);
	cr_expect(!info.digest_known && !info.head_complete);
	cr_expect_eq(info.bytes, 0);
	message_free(&m);

	memset(text, 'a', 1 << 20);
	m = begin();
	message_feed(m, span_of(text, 1 << 20));
	message_finish(m);
	message_info_get(m, &info);
	cr_expect_eq(info.body_bytes, 1 << 20);
	message_free(&m);

	text[4] = ':';
	m = begin();
	message_feed(m, span_of(text, 1 << 20));
	message_finish(m);
	message_info_get(m, &info);
	cr_expect_eq(info.bytes, 1 << 20);
	message_free(&m);
	free(text);
}

/* TRAPS A1, and Zeek's mime-header-size-limit: what is too long is cut, what follows it is read. */
Test(message, a1_a_long_field_hides_no_other)
{
	static const char *const fields[] = { "Message-ID: ", "From: ", "Received: from ",
					      "X-Long: " };
	const size_t length = (size_t)1 << 20;
	char *text = malloc(length);

	memset(text, 'x', length);
	for (size_t i = 0; i < ARRAY_COUNT(fields); i++) {
		struct message *m = begin();
		struct message_info info;

		message_feed(m, span_text(fields[i]));
		message_feed(m, span_of(text, length));
		message_feed(m, span_text("\r\nList-Id: <l.x>\r\nMessage-ID: <1@x>\r\n"
					  "From: a@x\r\n\r\nhi\r\n"));
		message_finish(m);
		message_info_get(m, &info);
		cr_expect(info.has_list_headers && info.head_complete, "%s", fields[i]);
		cr_expect_leq(info.message_id.length, 512);
		cr_expect_leq(info.header_from.length, 320);
		if (i > 0)
			expect_span(info.message_id, "1@x", fields[i]);
		message_free(&m);
	}
	free(text);
}

/* TRAPS S2: beginnings of links, and base64 without a line end. */
Test(message, s2_long_bodies_of_fragments)
{
	static const char *const units[] = { "h",    "http:", "http://a", "=\n",
					     "QUJD", "<",     "\r",       "\n" };

	for (size_t i = 0; i < ARRAY_COUNT(units); i++) {
		struct message *m = begin();
		struct message_info info;
		size_t unit = strlen(units[i]), length = ((size_t)10 << 20) / unit * unit;
		char *text = malloc(length);

		for (size_t at = 0; at < length; at += unit)
			memcpy(text + at, units[i], unit);
		message_feed(m, span_text("a: b\r\n\r\n"));
		message_feed(m, span_of(text, length));
		message_finish(m);
		message_info_get(m, &info);
		cr_expect_geq(info.bytes, length);
		cr_expect(info.head_complete);
		message_free(&m);
		free(text);
	}
}

Test(received, formats_of_real_servers)
{
	static const struct {
		const char *line, *from_name, *from, *by, *with, *for_address;
	} cases[] = {
		{ "from helo.test (rdns.test [203.0.113.9]) by mx.example (Postfix) with ESMTPSA "
		  "id "
		  "4 for <u@d.test>; date",
		  "helo.test", "203.0.113.9", "mx.example", "ESMTPSA", "u@d.test" },
		{ "from rdns.test ([203.0.113.9] helo=helo.test) by mx.example with esmtp (Exim "
		  "4.96) (envelope-from <a@b>) id 1 for u@d.test; date",
		  "helo.test", "203.0.113.9", "mx.example", "esmtp", "u@d.test" },
		{ "from [203.0.113.9] (helo=helo.test) by mx.example with smtp (Exim 4.96.2) id 1",
		  "helo.test", "203.0.113.9", "mx.example", "smtp", "" },
		{ "from unknown (HELO helo.test) (203.0.113.9) by mx.example with SMTP; date",
		  "helo.test", "203.0.113.9", "mx.example", "SMTP", "" },
		{ "from unknown by mx.example with QMTP; date", "unknown", "", "mx.example", "QMTP",
		  "" },
		{ "from h.test (h.test [IPv6:2001:db8::9]) by mx.example with LMTP", "h.test",
		  "2001:db8::9", "mx.example", "LMTP", "" },
		{ "(qmail 1234 invoked by uid 0); date", "", "", "", "", "" },
		{ "by mx.example (8.17.1/8.17.1/Submit) id 1.2.3.4; date", "", "", "mx.example", "",
		  "" },
		{ "from h.test (version 1.2.3.4.5 [999.1.1.1]) by 10.1.2.3", "h.test", "",
		  "10.1.2.3", "", "" },
		{ "", "", "", "", "", "" },
		{ "from", "", "", "", "", "" },
		{ "from (((((", "", "", "", "", "" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct fact_trace t;
		char text[IP_TEXT_MAX] = "";

		received_parse(span_text(cases[i].line), &t);
		if (t.from.family != 0)
			ip_address_format(&t.from, text);
		expect_span(t.from_name, cases[i].from_name, cases[i].line);
		cr_expect_str_eq(text, cases[i].from, "%s", cases[i].line);
		expect_span(t.by, cases[i].by, cases[i].line);
		expect_span(t.with, cases[i].with, cases[i].line);
		expect_span(t.for_address, cases[i].for_address, cases[i].line);
	}
}
