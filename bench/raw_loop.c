/*
 * raw_loop - the least that reading a capture with libpcap costs
 *
 * In:      raw_loop FILE
 * Out:     "N packets": one pcap_loop, one addition for each packet.
 */
#include <pcap/pcap.h>
#include <stdio.h>

static void count(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
	unsigned long *packets = (unsigned long *)(void *)user;

	(void)header;
	(void)bytes;
	(*packets)++;
}

int main(int argc, char **argv)
{
	char why[PCAP_ERRBUF_SIZE] = "usage: raw_loop FILE";
	pcap_t *in = argc == 2 ? pcap_open_offline(argv[1], why) : NULL;
	unsigned long packets = 0;

	if (in == NULL || pcap_loop(in, -1, count, (u_char *)&packets) < 0) {
		(void)fprintf(stderr, "raw_loop: %s\n", in == NULL ? why : pcap_geterr(in));
		return 1;
	}
	printf("%lu packets\n", packets);
	pcap_close(in);
	return 0;
}
