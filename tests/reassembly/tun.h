/*
 * tun - packets to and from the TCP of this machine's kernel
 *
 * In:      segments to put on the wire.
 * Out:     what the kernel sends, as segments.
 * Limits:  in a network namespace of its own; the kernel is TUN_SERVER, the peer TUN_CLIENT.
 * Errors:  tun_open: false, with the reason on standard error.
 * Owner:   tun_open / tun_close; a received segment lends its bytes until the next call.
 */
#ifndef RELAYWATCH_TESTS_REASSEMBLY_TUN_H
#define RELAYWATCH_TESTS_REASSEMBLY_TUN_H

#include "core/segment.h"

#define TUN_PACKET_MAX 2048

struct tun {
	int fd;
	uint8_t packet[TUN_PACKET_MAX];
};

bool tun_open(struct tun *tun);
void tun_close(struct tun *tun);
struct ip_address tun_server(void);
struct ip_address tun_client(void);
/*
 * Put the segment on the wire, with the options that it tells and, if so wanted, a checksum that is
 * off by one; its transport is set to what was sent.
 */
void tun_send(struct tun *tun, struct segment *segment, bool wrong_sum);
/* false: the kernel has nothing to say for now. */
bool tun_receive(struct tun *tun, struct segment *out);

#endif
