/*
 * state - what the detectors remember: mail hosts, domains at them, servers, pairs, claims
 *
 * In:      keys from facts.
 * Out:     records, found or made; never NULL-checked members are said at each struct.
 * Limits:  one budget. When it is full, room is made: first by pairs that were only in contact,
 *          then those with mail that nothing is held against, then the denied; then by domains
 *          that no pair claims, then by servers without pairs that never relayed; then by the
 *          accused, of whom relays go last; last by servers that relayed for pairs that are gone.
 *          In each class the one whose last sighting is oldest goes first. A server without
 *          pairs and without a posture goes with its last pair. Nothing is let go but in
 *          state_make_room, state_server and state_pair.
 * Errors:  NULL when even so there is no room; counted in forgotten_*.
 * Owner:   struct state owns every record. Text is copied.
 */
#ifndef RELAYWATCH_DETECTORS_STATE_H
#define RELAYWATCH_DETECTORS_STATE_H

#include "core/budget.h"
#include "core/hash.h"
#include "core/hashmap.h"
#include "core/text.h"
#include "detectors/balancer.h"
#include "detectors/behaviour.h"
#include "detectors/detectors.h"
#include "detectors/evidence.h"
#include "detectors/track.h"

#define NETSET_MAX 16
#define TIME_NEVER INT64_MIN
#define CLAIMS_PER_PAIR_MAX 64
#define TRICK_CLASSES 10 /* 0: plain; else 1 + the number of the lowest trick bit */
#define GREETING_MAX 256
#define GREETINGS_MAX 4 /* of one address: several servers may answer there */
/* More than one fact about one recipient can make known: a domain, a claim, tracks, marks, a sample. */
#define STATE_STEP_BYTES 8192

struct incident;
struct claim;
struct pair;
struct server;

/* Distinct networks (IPv4 /24, IPv6 /48) or addresses, counted to NETSET_MAX. */
struct netset {
	uint32_t hashes[NETSET_MAX];
	uint8_t count;
};

/* Whence a domain's ownership is known; the word is own_domain.from. */
enum ownership_source {
	SOURCE_NONE,
	SOURCE_CONFIGURED,
	SOURCE_MX,
	SOURCE_MX_NAMES, /* the names of exchangers alone */
	SOURCE_UNKNOWN_USER,
	SOURCE_GREETING,
	SOURCE_MAJORITY,
	SOURCE_LEFT,
	SOURCE_DENIED,
	SOURCE_NOT_CONFIGURED,
	SOURCE_QMQP
};

/* To whom STARTTLS was offered, and who missed it since. */
struct offers {
	uint32_t sessions;     /* in which it was offered */
	struct netset missing; /* clients that had it before; since then nobody was offered it */
	struct ip_address first_missing;
	int64_t missing_ns; /* when that one missed it */
};

/* What a host calls itself in its greetings. */
struct greeting {
	char *name;         /* folded */
	size_t registrable; /* where in it that part begins; at its end when there is none */
};

/* One address that mail servers answer on. */
struct mailhost {
	struct hashmap_node node;
	struct ip_address address;
	struct greeting greetings[GREETINGS_MAX]; /* those seen first */
	uint8_t greeting_count;
	bool took_local;               /* took mail for a configured domain: one of ours */
	bool takes_mail;               /* one of ours, on any port */
	bool proxy;                    /* lets clients through to other hosts */
	struct netset denied;          /* strangers that were denied relaying */
	int64_t refused_taken_last_ns; /* a domain that it took before was denied; or TIME_NEVER */
	struct holding *holdings;
	struct server *servers;
};

/* A domain, and the mail hosts that took or refused mail for it. */
struct domain {
	struct hashmap_node node;
	struct holding *holdings;
	char *text; /* folded, A-labels */
	size_t length;
};

/* One domain at one mail host. */
struct holding {
	struct hashmap_node node;
	struct mailhost *host;
	struct holding *next_of_host, *previous_of_host;
	struct claim *claims;
	struct domain *domain;
	struct holding *next_of_domain, *previous_of_domain;
	struct holding *older, *newer; /* without claims: by when it was told of last */
	bool idle;                     /* on that list */
	struct netset clients;         /* strangers from whom mail for it was taken */
	struct netset next_hops;       /* where it was seen to go */
	bool unknown_user;             /* an unknown user of it was refused */
	bool denied;                   /* a plain recipient in it was refused as relaying */
	bool left;                     /* it left for the outside on behalf of a stranger */
	bool taken;                    /* a pair is accused of it */
	uint8_t changes;               /* of its ownership */
	int64_t denied_last_ns;
	enum ownership ownership; /* as judged last */
	enum ownership_source source;
};

/* What one client did about one domain at one server, in one class of address. */
struct claim {
	struct pair *pair;
	struct holding *holding;
	struct claim *next_of_pair;
	struct claim *next_of_holding, *previous_of_holding;
	uint32_t number; /* for the onward memory, which outlives claims */
	uint32_t trick_class;
	bool qmqp;
	struct track *taken;     /* the message was accepted */
	struct track *invited;   /* 354, and the answer to the message was no refusal */
	struct track *recipient; /* RCPT was accepted, and nothing followed */
	struct track *denied;    /* relaying was denied */
	struct track *left;      /* seen to leave for the outside */
	struct track *routed;    /* by the name service */
	struct track *traced;    /* by the server's own line on the message that left */
	bool denied_in_words;    /* once at least in words that mean nothing else */
	uint32_t left_keys;      /* the most keys that agreed */
	struct ip_address left_for;
};

/* A rule about the behaviour of a pair, and where it was seen. */
struct mark {
	struct mark *next;
	enum rule rule;
	struct track track;
};

/* What sort of client was seen to be at work. Bits. */
enum standing {
	STANDING_STRANGER = 1 << 0,
	STANDING_INSIDER = 1 << 1, /* local, not among those who may send */
	STANDING_LOCAL = 1 << 2,   /* local, and nobody said who may */
	STANDING_TRUSTED = 1 << 3,
	STANDING_AUTHENTICATED = 1 << 4,
	STANDING_SCANNER = 1 << 5,
	STANDING_HOP = 1 << 6,  /* a gateway, filter or proxy of ours */
	STANDING_MAYBE = 1 << 7 /* a stranger, unless the login whose answer was lost succeeded */
};

enum pair_class { PAIR_CONTACT, PAIR_MAIL, PAIR_DENIED, PAIR_ACCUSED, PAIR_RELAY, PAIR_CLASSES };

/* Of a server without pairs: did it never relay, or did it? */
enum idle_class { IDLE_CLOSED, IDLE_OPEN, IDLE_CLASSES };

struct pair {
	struct hashmap_node node;
	struct server *server;
	struct ip_address client;
	struct pair *next_of_server, *previous_of_server;
	struct pair *older, *newer; /* in its class */
	struct pair *next_dirty, *previous_dirty;
	struct claim *claims;
	struct mark *marks;
	uint32_t claim_count;
	uint32_t standings; /* enum standing, all that were seen */
	uint32_t tricks;    /* enum address_trick, all that were tried */
	enum pair_class pair_class;
	bool dirty;
	bool client_takes_mail; /* where that matters: as judged last */
	/* What an incident has told of it already; VERDICT_BENIGN: nothing. */
	enum verdict told;
	int64_t told_ns;      /* its last decisive fact */
	enum verdict verdict; /* as judged last */
	int64_t first_ns, last_ns;
	uint64_t transactions, recipients, accepted, denied;
	uint64_t plain, routed;       /* recipients: taken and no trick; tried and one */
	uint32_t starttls_offers;     /* sessions in which it was offered STARTTLS */
	uint64_t sessions, encrypted; /* encrypted: nothing of the mail could be read */
	struct text sample;           /* lines, each ended by NUL */
	uint32_t sample_rung;
	uint64_t unanswered_session; /* QMQP: a whole request got no answer; of its session id */
	char *account;
	struct behaviour *behaviour; /* rates; NULL: none yet */
	struct balancer *balancer; /* of an inside client that used an unrelated name, else NULL */
};

struct server {
	struct hashmap_node node;
	struct mailhost *host;
	uint16_t port;
	enum mail_protocol protocol; /* the one that was spoken most often */
	uint32_t spoken[PROTOCOL_QMQP + 1];
	struct server *next_of_host;
	struct server *older, *newer; /* without pairs: by when the last one went */
	enum idle_class idle_class;
	bool idle; /* on the list of that class */
	struct pair *pairs;
	size_t pair_count;
	int64_t first_ns, last_ns;
	uint64_t strangers_connected, strangers_refused, strangers_accepted, strangers_denied;
	/* By class of address, in packet time; or TIME_NEVER. */
	int64_t taken_first_ns[TRICK_CLASSES], taken_last_ns[TRICK_CLASSES];
	int64_t denied_first_ns[TRICK_CLASSES], denied_last_ns[TRICK_CLASSES];
	int64_t refused_last_ns; /* a stranger's connection */
	uint64_t passwords_refused;
	struct offers starttls;
	bool takes_mail;       /* was seen to */
	uint32_t watched_days; /* before it did so for the first time; 0: it is no newcomer */
	int64_t appeared_ns;   /* then */
	bool proxy;            /* what is spoken there is spoken with hosts behind it */
	bool opened;           /* relayed otherwise than by QMQP, which exposes only */
	bool forgot_relay;     /* a pair that it relayed for was let go */
	bool stale;            /* its book is to be written anew */
	struct server *next_stale;
	enum posture posture; /* as judged last */
	int64_t posture_since_ns;
	int64_t resolved_ns; /* news up to here belong to an incident that is over */
	uint32_t repairs;    /* that did not last: seen fixed, then taken up again within a day */
	char *software;      /* NULL: not told */
	enum software_source software_source;
};

struct state {
	struct hash_key key;
	struct budget *budget;
	struct hashmap hosts, domains, holdings, servers, pairs;
	struct pair *oldest[PAIR_CLASSES], *newest[PAIR_CLASSES];
	struct holding *oldest_idle_holding, *newest_idle_holding;
	struct server *oldest_idle_server[IDLE_CLASSES], *newest_idle_server[IDLE_CLASSES];
	struct pair *dirty;
	struct claim **claims_by_number; /* for the onward memory */
	uint32_t claims_capacity, claims_next, claim_count;
	uint64_t forgotten_pairs, forgotten_servers, forgotten_domains;
};

MUST_USE enum result state_init(struct state *state, const struct hash_key *key,
				struct budget *budget);
void state_clear(struct state *state);

/*
 * Let go of the least valuable until so many bytes are free; keep (or NULL) is spared. Any other
 * pair, holding or server that the caller holds may be gone after.
 */
void state_make_room(struct state *state, size_t bytes, const struct pair *keep);

struct mailhost *state_find_host(const struct state *state, const struct ip_address *address);
/* The host gave itself this name, folded; NULL: it did before, or has names enough. */
struct greeting *state_greeting(struct state *state, struct mailhost *host, struct span name);
struct holding *state_find_holding(const struct state *state, struct mailhost *host,
				   struct span text);
struct holding *state_holding(struct state *state, struct mailhost *host, struct span text);
/* Done with it: without claims it is kept for what was learned of it, or not at all. */
void state_settle_holding(struct state *state, struct holding *holding);
/* The caller asks for a pair of it next: a server without pairs is not let go before. */
struct server *state_server(struct state *state, const struct ip_address *address, uint16_t port,
			    enum mail_protocol protocol, int64_t time_ns);
struct server *state_find_server(const struct state *state, const struct ip_address *address,
				 uint16_t port);
/* NULL: there is no room, and the server may be gone. */
struct pair *state_pair(struct state *state, struct server *server, const struct ip_address *client,
			int64_t time_ns);
struct pair *state_find_pair(const struct state *state, const struct server *server,
			     const struct ip_address *client);
/* The pair's rates, made on first need; NULL without memory. */
struct behaviour *state_behaviour(struct state *state, struct pair *pair);
/* What names the client speaks for, made on first need; NULL without memory. */
struct balancer *state_balancer(struct state *state, struct pair *pair);
/* tricks: of the address; qmqp: asked by QMQP, where recipients are no matter. */
struct claim *state_claim(struct state *state, struct pair *pair, struct holding *holding,
			  uint32_t tricks, bool qmqp);
struct claim *state_claim_by_number(const struct state *state, uint32_t number);
/* The holdings of one domain at all hosts: calls visit for each. */
void state_each_holding_of(const struct state *state, struct span text,
			   void (*visit)(void *ctx, struct holding *holding), void *ctx);

/* Add to a track that is made on its first sighting. */
void state_track(struct state *state, struct track **track, int64_t time_ns, struct frame_id at,
		 const struct connection *connection);
void state_mark(struct state *state, struct pair *pair, enum rule rule, int64_t time_ns,
		struct frame_id at, const struct connection *connection);
const struct mark *pair_mark(const struct pair *pair, enum rule rule);
/* Is its mail so ordinary that the odd addresses in it are no test, as with a provider's gateway? */
bool pair_is_ordinary(const struct pair *pair);
/* To be judged again; state_next_dirty takes the one that was marked last, or NULL. */
void state_dirty(struct state *state, struct pair *pair);
struct pair *state_next_dirty(struct state *state);
void state_set_class(struct state *state, struct pair *pair, enum pair_class pair_class);
void state_touch(struct state *state, struct pair *pair, int64_t time_ns);

/* True: it is new. By network, or by address alone. */
bool netset_add(struct netset *set, const struct ip_address *address);
bool netset_add_address(struct netset *set, const struct ip_address *address);
uint32_t trick_class_of(uint32_t tricks);
struct span holding_domain(const struct holding *holding);

#endif
