#include "protocols/via.h"

#include <string.h>

#define COMMAND_CONNECT 1

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/* ---- SOCKS 4: 04 01 port(2) address(4) user 00; 4a: address 0.0.0.x, and name 00 behind ---- */

#define HEAD4_BYTES 8
#define ANSWER4_BYTES 8
#define GRANTED4 0x5a
#define LAST_CODE4 0x5d
#define USER4_MAX_BYTES 255

enum asking4 { ASK4_HEAD, ASK4_USER, ASK4_NAME };

static enum via_verdict head4(struct via *via, uint8_t byte)
{
	static const uint8_t front[] = { 4, COMMAND_CONNECT };

	if (via->ask_length < sizeof(front) && byte != front[via->ask_length])
		return VIA_NONE;
	via->ask[via->ask_length++] = byte;
	if (via->ask_length == HEAD4_BYTES) {
		via->asking = ASK4_USER;
		via->left = USER4_MAX_BYTES + 1;
	}
	return VIA_MORE;
}

/* The user's name is passed over. */
static enum via_verdict user4(struct via *via, uint8_t byte)
{
	static const uint8_t none[3] = { 0 };
	const uint8_t *address = via->ask + 4;

	if (byte != 0)
		return --via->left == 0 ? VIA_NONE : VIA_MORE;
	if (memcmp(address, none, sizeof(none)) == 0 && address[3] != 0) {
		via->asking = ASK4_NAME;
		return VIA_MORE;
	}
	via->asked = via_set_address(via, address, 4, be16(via->ask + 2));
	return VIA_MORE;
}

static enum via_verdict name4(struct via *via, uint8_t byte)
{
	if (byte != 0) {
		if (via->ask_length == sizeof(via->ask))
			return VIA_NONE;
		via->ask[via->ask_length++] = byte;
		return VIA_MORE;
	}
	via->asked = via_set_target(via,
				    span_of(via->ask + HEAD4_BYTES, via->ask_length - HEAD4_BYTES),
				    be16(via->ask + 2));
	return via->asked ? VIA_MORE : VIA_NONE;
}

/* One byte of the client's. */
enum via_verdict via_socks4_ask(struct via *via, uint8_t byte)
{
	switch ((enum asking4)via->asking) {
	case ASK4_HEAD:
		return head4(via, byte);
	case ASK4_USER:
		return user4(via, byte);
	case ASK4_NAME:
		return name4(via, byte);
	}
	return VIA_NONE;
}

/* One byte of the proxy's. */
enum via_verdict via_socks4_answer(struct via *via, uint8_t byte)
{
	via->answer[via->answer_length++] = byte;
	if (!via->asked || via->answer[0] != 0)
		return VIA_NONE;
	if (via->answer_length < 2)
		return VIA_MORE;
	via->sure = via->answer[1] >= GRANTED4 && via->answer[1] <= LAST_CODE4;
	if (via->answer[1] != GRANTED4)
		return VIA_NONE;
	return via->answer_length < ANSWER4_BYTES ? VIA_MORE : VIA_THROUGH;
}

/*
 * ---- SOCKS 5: 05 n methods, 05 method; perhaps 01 n user n password, 01 status; 05 01 00 type
 * address port(2), 05 status 00 type address port(2) ----
 *
 * A request is looked at for itself as well, where the choice of methods was not: "05 01 00" and a
 * type of address. Who offers the one method "no login" goes on with 05 and not with a type.
 */

#define METHOD_LOGIN 2
#define TYPE_V4 1
#define TYPE_NAME 3
#define TYPE_V6 4

enum asking5 {
	ASK5_VERSION,
	ASK5_COUNT,
	ASK5_METHODS,
	ASK5_EITHER, /* 05 01 00 was read */
	ASK5_NEXT,
	ASK5_USER_LENGTH,
	ASK5_USER,
	ASK5_PASSWORD_LENGTH,
	ASK5_PASSWORD,
	ASK5_REQUEST
};
enum answering5 { ANSWER5_METHOD, ANSWER5_LOGIN, ANSWER5_REQUEST };

/* How long a request or its answer is; 0: its type of address is none. */
static size_t length5(const uint8_t *bytes, size_t have)
{
	if (have < 5)
		return 5;
	switch (bytes[3]) {
	case TYPE_V4:
		return 4 + 4 + 2;
	case TYPE_NAME:
		return 4 + 1 + (size_t)bytes[4] + 2;
	case TYPE_V6:
		return 4 + 16 + 2;
	default:
		return 0;
	}
}

static enum via_verdict request5(struct via *via, uint8_t byte)
{
	size_t length;
	uint16_t port;

	via->ask[via->ask_length++] = byte;
	if (via->ask_length == 2 && byte != COMMAND_CONNECT)
		return VIA_NONE;
	length = length5(via->ask, via->ask_length);
	if (length == 0)
		return VIA_NONE;
	if (via->ask_length < length)
		return VIA_MORE;
	port = be16(via->ask + length - 2);
	if (via->ask[3] == TYPE_NAME)
		via->asked = via_set_target(via, span_of(via->ask + 5, via->ask[4]), port);
	else
		via->asked = via_set_address(via, via->ask + 4, length - 6, port);
	return via->asked ? VIA_MORE : VIA_NONE;
}

static enum via_verdict begin_request5(struct via *via)
{
	via->asking = ASK5_REQUEST;
	via->ask_length = 0;
	return request5(via, 5);
}

static enum via_verdict next5(struct via *via, uint8_t byte)
{
	if (byte == 5)
		return begin_request5(via);
	via->asking = ASK5_USER_LENGTH;
	return byte == 1 ? VIA_MORE : VIA_NONE;
}

static enum via_verdict either5(struct via *via, uint8_t byte)
{
	static const uint8_t front[] = { 5, COMMAND_CONNECT, 0 };

	if (via->answering != ANSWER5_METHOD || via->answer_length > 0 || byte == 5)
		return next5(via, byte);
	if (byte != TYPE_V4 && byte != TYPE_NAME && byte != TYPE_V6)
		return VIA_NONE;
	memcpy(via->ask, front, sizeof(front));
	via->ask_length = sizeof(front);
	via->asking = ASK5_REQUEST;
	via->answering = ANSWER5_REQUEST;
	via->alone = true;
	return request5(via, byte);
}

static enum via_verdict methods5(struct via *via, uint8_t byte)
{
	bool alone = via->ask[0] == 1 && byte == 0;

	if (--via->left == 0)
		via->asking = alone ? ASK5_EITHER : ASK5_NEXT;
	return VIA_MORE;
}

/* A length, and as many bytes to pass over; then comes the next. */
static enum via_verdict pass5(struct via *via, uint8_t length, enum asking5 over, enum asking5 next)
{
	via->left = length;
	via->asking = (uint8_t)(length > 0 ? over : next);
	return VIA_MORE;
}

static enum via_verdict over5(struct via *via, enum asking5 next)
{
	if (--via->left == 0)
		via->asking = (uint8_t)next;
	return VIA_MORE;
}

/* One byte of the client's. */
enum via_verdict via_socks5_ask(struct via *via, uint8_t byte)
{
	switch ((enum asking5)via->asking) {
	case ASK5_VERSION:
		via->asking = ASK5_COUNT;
		return VIA_MORE;
	case ASK5_COUNT:
		via->ask[0] = byte;
		via->left = byte;
		via->asking = ASK5_METHODS;
		return byte == 0 ? VIA_NONE : VIA_MORE;
	case ASK5_METHODS:
		return methods5(via, byte);
	case ASK5_EITHER:
		return either5(via, byte);
	case ASK5_NEXT:
		return next5(via, byte);
	case ASK5_USER_LENGTH:
		return pass5(via, byte, ASK5_USER, ASK5_PASSWORD_LENGTH);
	case ASK5_USER:
		return over5(via, ASK5_PASSWORD_LENGTH);
	case ASK5_PASSWORD_LENGTH:
		return pass5(via, byte, ASK5_PASSWORD, ASK5_NEXT);
	case ASK5_PASSWORD:
		return over5(via, ASK5_NEXT);
	case ASK5_REQUEST:
		return request5(via, byte);
	}
	return VIA_NONE;
}

/* 05 method, or 01 status. */
static enum via_verdict short_answer5(struct via *via, uint8_t version)
{
	uint8_t value = via->answer[1];

	if (via->answer[0] != version)
		return VIA_NONE;
	if (via->answer_length < 2)
		return VIA_MORE;
	via->answer_length = 0;
	if (via->answering == ANSWER5_LOGIN) {
		via->login = VIA_LOGIN_TAKEN;
		via->answering = ANSWER5_REQUEST;
		return value == 0 ? VIA_MORE : VIA_NONE;
	}
	if (value != 0 && value != METHOD_LOGIN)
		return VIA_NONE; /* none is taken, or one that is not followed */
	via->sure = true;
	via->answering = value == METHOD_LOGIN ? ANSWER5_LOGIN : ANSWER5_REQUEST;
	return VIA_MORE;
}

/* Its address is passed over. */
static enum via_verdict long_answer5(struct via *via)
{
	size_t length;

	if (!via->asked || via->answer[0] != 5)
		return VIA_NONE;
	if (via->answer_length < 2)
		return VIA_MORE;
	if (via->answer[1] != 0)
		return VIA_NONE;
	length = length5(via->answer, via->answer_length);
	if (length == 0)
		return VIA_NONE;
	if (via->answer_length >= 4)
		via->sure = true;
	return via->answer_length < length ? VIA_MORE : VIA_THROUGH;
}

/* One byte of the proxy's. */
enum via_verdict via_socks5_answer(struct via *via, uint8_t byte)
{
	if (via->answer_length < sizeof(via->answer))
		via->answer[via->answer_length] = byte;
	via->answer_length++;
	switch ((enum answering5)via->answering) {
	case ANSWER5_METHOD:
		return short_answer5(via, 5);
	case ANSWER5_LOGIN:
		return short_answer5(via, 1);
	case ANSWER5_REQUEST:
		return long_answer5(via);
	}
	return VIA_NONE;
}
