/*
 * A real host (scenarios/live/) without network: its node is one that only keeps in
 * mind what it is told, its peers are members of a stage without scenario.
 *
 *   struct live_alone alone;
 *   live_alone_open(&alone, path);
 *   struct live_socket *socket = live_alone_stream(&alone, descriptor);
 *   live_alone_turn(&alone);
 *   assert_int_equal(alone.told[HOST_FINISHED], 1);
 *   live_alone_close(&alone);
 */
#ifndef TESTS_SUPPORT_LIVE_ALONE_H
#define TESTS_SUPPORT_LIVE_ALONE_H

#include "scenarios/live/internal.h"

enum { LIVE_ALONE_FILES_MAX = 8 };

/* A file that the node was given at start; DATA ends with a zero that SIZE does not count. */
struct live_alone_file {
    char name[64];
    char data[256];
    size_t size;
};

struct live_alone {
    struct live live;
    struct live_options options;
    struct stage stage;
    struct stage_member members[4];
    struct address addresses[4][2]; /* member I has 192.0.2.(I + 1) and 2001:db8::(I + 1) */
    struct live_peer peers[4];
    size_t told[HOST_STOPPING + 1]; /* events by kind */
    size_t octets;                  /* in all HOST_BYTES */
    size_t credit;                  /* of the last event that had one */
    struct live_alone_file files[LIVE_ALONE_FILES_MAX];
    size_t file_count;
};

/* STATE: its folder, or NULL. Member 0 is the node itself, which listens on 127.0.0.1:5300. */
void live_alone_open(struct live_alone *alone, const char *state);
void live_alone_close(struct live_alone *alone);

/* Member INDEX is really at PLACE ("127.0.0.1:5301"). */
void live_alone_map(struct live_alone *alone, size_t index, const char *place);

/* Likewise its port for TLS. */
void live_alone_map_tls(struct live_alone *alone, size_t index, const char *place);

/* A connection of the node's over DESCRIPTOR, which it then owns; nothing is read yet. */
struct live_socket *live_alone_stream(struct live_alone *alone, int descriptor);

/* Lets everything happen that can happen now. */
void live_alone_turn(struct live_alone *alone);

#endif
