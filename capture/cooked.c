/* What systems put in place of a link header: Linux's cooked ones, BSD's null and loopback. */
#include "capture/walk.h"

#define COOKED_BYTES 16
#define COOKED_2_BYTES 20
#define NULL_BYTES 4
#define ARPHRD_NETLINK 824
#define ARPHRD_FRAD 770
#define ARPHRD_RADIOTAP 803

/* Pseudo ether types of Linux (linux/if_ether.h): frames without one. */
#define LINUX_802_3 0x0001
#define LINUX_802_2 0x0004

/* Where an ether type stands, unless the device's kind gives the field another meaning. */
static enum layer after_cooked(struct walk *walk, uint16_t protocol, uint16_t device)
{
	if (device == ARPHRD_NETLINK || device == ARPHRD_FRAD)
		return walk_not_ip(walk);
	if (device == ARPHRD_RADIOTAP)
		return LAYER_RADIOTAP;
	if (protocol == LINUX_802_2)
		return LAYER_LLC;
	if (protocol == LINUX_802_3)
		return walk_not_ip(walk); /* Novell's IPX without LLC */
	return layer_of_ether_type(walk, protocol);
}

/* https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html */
enum layer cooked_decode(struct walk *walk)
{
	const uint8_t *p = walk_header(walk, COOKED_BYTES);

	if (p == NULL)
		return walk_short(walk);
	return after_cooked(walk, be16_at(p + 14), be16_at(p + 2));
}

/* https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html */
enum layer cooked_2_decode(struct walk *walk)
{
	const uint8_t *p = walk_header(walk, COOKED_2_BYTES);

	if (p == NULL)
		return walk_short(walk);
	return after_cooked(walk, be16_at(p), be16_at(p + 8));
}

/*
 * An address family, in the byte order of the host that captured (null) or of the network
 * (loopback). No family is past 255, so that the order shows.
 */
enum layer null_decode(struct walk *walk)
{
	const uint8_t *p = walk_header(walk, NULL_BYTES);
	uint32_t family;

	if (p == NULL)
		return walk_short(walk);
	family = be32_at(p) <= 0xff ? be32_at(p) : le32_at(p);
	switch (family) {
	case 2: /* AF_INET everywhere */
		return LAYER_IP4;
	case 10: /* AF_INET6: Linux */
	case 24: /* NetBSD, OpenBSD */
	case 28: /* FreeBSD */
	case 30: /* macOS */
		return LAYER_IP6;
	default:
		return walk_not_ip(walk);
	}
}
