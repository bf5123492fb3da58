/*
 * TSIG (RFC 8945): what a signature covers, and the record that carries it.
 *
 *   request        message, all of the record's other fields
 *   first answer   the request's MAC, message, fields
 *   later answers  the MAC before, messages since then, the two times
 *
 * HMAC is OpenSSL's. No TKEY, no GSS-TSIG, no replay cache.
 */
#include "nodes/dns/tsig.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <strings.h>

#include "nodes/dns/tsig_digest.h"
#include "sim/base/time.h"

enum { FIXED_SIZE = 10, TIMES_SIZE = 8, SERVER_TIME_SIZE = 6, TRUNCATED_MIN = 10 };

enum { ERROR_BADSIG = 16, ERROR_BADKEY = 17, ERROR_BADTIME = 18, ERROR_BADTRUNC = 22 };

static uint64_t seconds_of(int64_t wall_ns)
{
    return (uint64_t)(wall_ns / NS_PER_S);
}

/* ---- the record as it came ----------------------------------------------------------------- */

struct record {
    uint8_t name[NAME_SIZE_MAX]; /* in lower case, like the algorithm's */
    uint8_t algorithm_name[TSIG_ALGORITHM_NAME_MAX];
    uint64_t time_s;
    uint16_t fudge_s, original_id, error;
    uint8_t mac[TSIG_MAC_MAX];
    size_t mac_size; /* as it was said to be; what is more than the room for it has been left out */
    uint8_t other[SERVER_TIME_SIZE];
    size_t other_size; /* the same */
};

static uint64_t read_time(struct reader *r)
{
    uint64_t high = reader_u16(r);
    return high << 32 | reader_u32(r);
}

static bool read_rdata(struct record *record, struct bytes rdata)
{
    size_t name_octets = name_size(rdata.data);
    if (name_octets > sizeof record->algorithm_name)
        return false;
    name_lower(rdata.data, record->algorithm_name);
    struct reader r = reader_of(rdata.data + name_octets, rdata.size - name_octets);
    record->time_s = read_time(&r);
    record->fudge_s = reader_u16(&r);
    record->mac_size = reader_u16(&r);
    const uint8_t *mac = reader_take(&r, record->mac_size);
    record->original_id = reader_u16(&r);
    record->error = reader_u16(&r);
    record->other_size = reader_u16(&r);
    const uint8_t *other = reader_take(&r, record->other_size);
    if (r.failed || reader_left(&r) > 0)
        return false;
    if (record->mac_size <= sizeof record->mac)
        memcpy(record->mac, mac, record->mac_size);
    if (record->other_size <= sizeof record->other)
        memcpy(record->other, other, record->other_size);
    return true;
}

/* No algorithm of ours makes more than there is room for; others may, and get BADKEY. */
static bool has_left_out(const struct record *record)
{
    return record->mac_size > sizeof record->mac || record->other_size > sizeof record->other;
}

/* MESSAGE's last record, which is its TSIG. */
static bool read_record(struct record *record, const struct message *message)
{
    struct message_cursor cursor;
    struct rr rr;
    message_cursor_start(&cursor, message);
    cursor.at = message->tsig_at;
    for (enum message_section s = SECTION_ANSWER; s < SECTION_COUNT; s++)
        cursor.index += message->counts[s];
    cursor.index--;
    bool found = message_next(&cursor, &rr);
    assert(found && rr.type == RR_TSIG);
    if (rr.class != CLASS_ANY || rr.ttl != 0)
        return false;
    name_lower(rr.owner, record->name);
    return read_rdata(record, rr.rdata);
}

/* ---- what is covered ----------------------------------------------------------------------- */

static void put_time(uint8_t *p, uint64_t time_s)
{
    bytes_put_u16(p, (uint16_t)(time_s >> 32));
    bytes_put_u32(p + 2, (uint32_t)time_s);
}

static void add_mac_before(struct tsig_digest *digest, const struct tsig *tsig)
{
    uint8_t size[2];
    if (tsig->mac_size == 0)
        return;
    bytes_put_u16(size, (uint16_t)tsig->mac_size);
    tsig_digest_add(digest, size, sizeof size);
    tsig_digest_add(digest, tsig->mac, tsig->mac_size);
}

/* The message without its TSIG, as it was before that was added (section 4.3.2). */
static void add_message(struct tsig_digest *digest, const uint8_t *data, size_t size,
                        uint16_t original_id, uint16_t additional_count)
{
    uint8_t header[MESSAGE_HEADER_SIZE];
    memcpy(header, data, sizeof header);
    bytes_put_u16(header, original_id);
    bytes_put_u16(header + 10, additional_count);
    tsig_digest_add(digest, header, sizeof header);
    tsig_digest_add(digest, data + sizeof header, size - sizeof header);
}

/* Sections 4.3.3 and 5.3.1. */
static void add_fields(struct tsig_digest *digest, const struct record *record, bool timers_only)
{
    uint8_t class_ttl[6] = {0, CLASS_ANY}, times[TIMES_SIZE], rest[4];
    put_time(times, record->time_s);
    bytes_put_u16(times + 6, record->fudge_s);
    if (timers_only) {
        tsig_digest_add(digest, times, sizeof times);
        return;
    }
    bytes_put_u16(rest, record->error);
    bytes_put_u16(rest + 2, (uint16_t)record->other_size);
    tsig_digest_add(digest, record->name, name_size(record->name));
    tsig_digest_add(digest, class_ttl, sizeof class_ttl);
    tsig_digest_add(digest, record->algorithm_name, name_size(record->algorithm_name));
    tsig_digest_add(digest, times, sizeof times);
    tsig_digest_add(digest, rest, sizeof rest);
    tsig_digest_add(digest, record->other, record->other_size);
}

/* The digest of this answer so far: begun by the unsigned messages before, or fresh. */
static struct tsig_digest *open_digest(struct tsig *tsig)
{
    if (!tsig->digest) {
        tsig->digest = tsig_digest_create(tsig->key);
        add_mac_before(tsig->digest, tsig);
    }
    return tsig->digest;
}

static void close_digest(struct tsig *tsig, uint8_t mac[TSIG_MAC_MAX])
{
    tsig_digest_finish(tsig->digest, mac);
    tsig->digest = NULL;
}

static void remember_mac(struct tsig *tsig, const uint8_t *mac, size_t size)
{
    memcpy(tsig->mac, mac, size);
    tsig->mac_size = size;
}

/* Sections 5.2.2 and 5.2.2.1: a MAC may be cut to half of its size, but not below ten octets. */
static enum tsig_result check_mac(struct tsig *tsig, const struct message *message,
                                  const struct record *record)
{
    size_t whole = tsig_mac_size(tsig->key->algorithm), half = (whole + 1) / 2;
    if (record->mac_size > whole || record->mac_size < half || record->mac_size < TRUNCATED_MIN)
        return TSIG_MALFORMED;
    uint8_t mac[TSIG_MAC_MAX];
    struct tsig_digest *digest = open_digest(tsig);
    add_message(digest, message->wire.data, message->tsig_at, record->original_id,
                (uint16_t)(message->counts[SECTION_ADDITIONAL] - 1));
    add_fields(digest, record, tsig->timers_only);
    close_digest(tsig, mac);
    if (CRYPTO_memcmp(mac, record->mac, record->mac_size) != 0)
        return TSIG_BADSIG;
    remember_mac(tsig, record->mac, record->mac_size);
    tsig->unsigned_count = 0;
    return TSIG_GOOD;
}

static enum tsig_result check_time(struct tsig *tsig, const struct record *record, int64_t wall_ns)
{
    tsig->ahead_s = (int64_t)record->time_s - (int64_t)seconds_of(wall_ns);
    int64_t apart_s = tsig->ahead_s < 0 ? -tsig->ahead_s : tsig->ahead_s;
    if (apart_s > record->fudge_s)
        return TSIG_BADTIME;
    tsig->ahead_s = 0;
    return TSIG_GOOD;
}

/* ---- asking -------------------------------------------------------------------------------- */

void tsig_begin(struct tsig *tsig, const struct tsig_key *key)
{
    *tsig = (struct tsig){.key = key};
    name_lower(key->name, tsig->name);
    tsig_algorithm_name(key->algorithm, tsig->algorithm_name);
}

void tsig_free(struct tsig *tsig)
{
    if (tsig->digest)
        tsig_digest_abandon(tsig->digest);
    tsig->digest = NULL;
}

static bool is_our_key(const struct tsig *tsig, const struct record *record)
{
    return name_equal(tsig->name, record->name) &&
           name_equal(tsig->algorithm_name, record->algorithm_name);
}

/* What the peer says about our request. Only BADTIME and BADTRUNC come with a MAC. */
static enum tsig_result peer_error(struct tsig *tsig, const struct record *record, int64_t wall_ns)
{
    switch (record->error) {
    case 0:
        return TSIG_GOOD;
    case ERROR_BADSIG:
        return TSIG_PEER_BADSIG;
    case ERROR_BADKEY:
        return TSIG_PEER_BADKEY;
    case ERROR_BADTRUNC:
        return TSIG_PEER_BADTRUNC;
    case ERROR_BADTIME:
        break;
    }
    if (record->error != ERROR_BADTIME)
        return TSIG_PEER_OTHER;
    struct reader r = reader_of(record->other, record->other_size);
    uint64_t server_s = read_time(&r);
    if (!r.failed)
        tsig->ahead_s = (int64_t)server_s - (int64_t)seconds_of(wall_ns);
    return TSIG_PEER_BADTIME;
}

/* A message in the middle of a stream: covered by the next signature. */
static enum tsig_result without_record(struct tsig *tsig, const struct message *message)
{
    if (!tsig->timers_only || tsig->unsigned_count == TSIG_UNSIGNED_MAX)
        return TSIG_ABSENT;
    tsig->unsigned_count++;
    tsig_digest_add(open_digest(tsig), message->wire.data, message->wire.size);
    return TSIG_GOOD;
}

enum tsig_result tsig_verify(struct tsig *tsig, const struct message *message, int64_t wall_ns)
{
    struct record record;
    if (message->tsig_at == 0)
        return without_record(tsig, message);
    if (!read_record(&record, message))
        return TSIG_MALFORMED;
    if (!is_our_key(tsig, &record))
        return TSIG_BADKEY;
    if (has_left_out(&record))
        return TSIG_MALFORMED;
    enum tsig_result error = peer_error(tsig, &record, wall_ns);
    if (record.mac_size == 0 && error != TSIG_GOOD)
        return error;
    enum tsig_result result = check_mac(tsig, message, &record);
    if (result == TSIG_GOOD)
        result = error;
    if (result == TSIG_GOOD)
        result = check_time(tsig, &record, wall_ns);
    tsig->timers_only = true;
    return result;
}

enum tsig_result tsig_finish(const struct tsig *tsig)
{
    return tsig->unsigned_count == 0 ? TSIG_GOOD : TSIG_NOT_LAST;
}

/* ---- answering ------------------------------------------------------------------------------- */

static const struct tsig_key *find_key(const struct tsig_keys *keys, const struct record *record)
{
    uint8_t algorithm[TSIG_ALGORITHM_NAME_MAX];
    for (size_t i = 0; i < keys->count; i++) {
        const struct tsig_key *key = &keys->list[i];
        tsig_algorithm_name(key->algorithm, algorithm);
        if (name_equal(key->name, record->name) && name_equal(algorithm, record->algorithm_name))
            return key;
    }
    return NULL;
}

/* The answer has neither MAC nor covers one (section 5.2). */
static enum tsig_result answer_unsigned(struct tsig *tsig, unsigned error, enum tsig_result result)
{
    tsig->key = NULL;
    tsig->error = error;
    return result;
}

enum tsig_result tsig_receive(struct tsig *tsig, const struct tsig_keys *keys,
                              const struct message *message, int64_t wall_ns)
{
    struct record record;
    *tsig = (struct tsig){0};
    assert(message->tsig_at != 0);
    if (!read_record(&record, message))
        return TSIG_MALFORMED;
    name_copy(record.name, tsig->name);
    name_copy(record.algorithm_name, tsig->algorithm_name);
    tsig->request_time_s = record.time_s;
    tsig->key = find_key(keys, &record);
    if (!tsig->key)
        return answer_unsigned(tsig, ERROR_BADKEY, TSIG_BADKEY);
    if (has_left_out(&record))
        return TSIG_MALFORMED;
    enum tsig_result result = check_mac(tsig, message, &record);
    if (result == TSIG_BADSIG)
        return answer_unsigned(tsig, ERROR_BADSIG, result);
    if (result == TSIG_GOOD)
        result = check_time(tsig, &record, wall_ns);
    if (result == TSIG_BADTIME)
        tsig->error = ERROR_BADTIME;
    return result;
}

/* ---- signing --------------------------------------------------------------------------------- */

size_t tsig_size(const struct tsig *tsig)
{
    size_t mac_size = tsig->key ? tsig_mac_size(tsig->key->algorithm) : 0;
    size_t other_size = tsig->error == ERROR_BADTIME ? SERVER_TIME_SIZE : 0;
    return name_size(tsig->name) + FIXED_SIZE + name_size(tsig->algorithm_name) + TIMES_SIZE +
           mac_size + 8 + other_size;
}

static void fill_record(struct record *record, const struct tsig *tsig, uint16_t id,
                        int64_t wall_ns)
{
    name_copy(tsig->name, record->name);
    name_copy(tsig->algorithm_name, record->algorithm_name);
    record->time_s = tsig->error ? tsig->request_time_s : seconds_of(wall_ns);
    record->fudge_s = TSIG_FUDGE_S;
    record->original_id = id;
    record->error = (uint16_t)tsig->error;
    record->mac_size = 0;
    record->other_size = 0;
    if (tsig->error == ERROR_BADTIME) {
        put_time(record->other, seconds_of(wall_ns));
        record->other_size = SERVER_TIME_SIZE;
    }
}

static size_t write_record(const struct record *record, uint8_t *data, size_t capacity)
{
    struct writer w = writer_of(data, capacity);
    size_t algorithm_size = name_size(record->algorithm_name);
    writer_bytes(&w, record->name, name_size(record->name));
    writer_u16(&w, RR_TSIG);
    writer_u16(&w, CLASS_ANY);
    writer_u32(&w, 0);
    writer_u16(&w,
               (uint16_t)(algorithm_size + TIMES_SIZE + 8 + record->mac_size + record->other_size));
    writer_bytes(&w, record->algorithm_name, algorithm_size);
    writer_u16(&w, (uint16_t)(record->time_s >> 32));
    writer_u32(&w, (uint32_t)record->time_s);
    writer_u16(&w, record->fudge_s);
    writer_u16(&w, (uint16_t)record->mac_size);
    writer_bytes(&w, record->mac, record->mac_size);
    writer_u16(&w, record->original_id);
    writer_u16(&w, record->error);
    writer_u16(&w, (uint16_t)record->other_size);
    writer_bytes(&w, record->other, record->other_size);
    assert(!w.failed);
    return w.size;
}

size_t tsig_sign(struct tsig *tsig, uint8_t *data, size_t size, int64_t wall_ns)
{
    struct record record;
    uint16_t id = bytes_get_u16(data), additional_count = bytes_get_u16(data + 10);
    fill_record(&record, tsig, id, wall_ns);
    if (tsig->key) {
        struct tsig_digest *digest = open_digest(tsig);
        add_message(digest, data, size, id, additional_count);
        add_fields(digest, &record, tsig->timers_only);
        close_digest(tsig, record.mac);
        record.mac_size = tsig_mac_size(tsig->key->algorithm);
        tsig->timers_only = tsig->mac_size > 0;
        remember_mac(tsig, record.mac, record.mac_size);
    }
    bytes_put_u16(data + 10, (uint16_t)(additional_count + 1));
    return size + write_record(&record, data + size, tsig_size(tsig));
}
