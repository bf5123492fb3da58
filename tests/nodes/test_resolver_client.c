/* The resolver's two faces: what it takes from clients, and what it believes of servers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "nodes/resolver.h"
#include "tests/support/node_driver.h"
#include "tests/support/toy_internet.h"

/* The root answers everything itself, to keep the way short. */
#define ROOT "198.41.0.4"
#define WWW ROOT " www. A answer an www. 300 A 192.0.2.80"
#define BIG ROOT " big. TXT answer an big. 300 TXT 1000"

static struct toy_internet toy;
static struct resolver_hint hints[1];
static struct resolver_config config;

static void open_internet(const char *first, const char *second)
{
    const char *const lines[] = {first, second};
    hints[0].name = name_root;
    address_parse(ROOT, &hints[0].address);
    config = (struct resolver_config){.hints = hints, .hint_count = 1};
    toy_open(&toy, &config, lines, 2);
}

static struct address client(void)
{
    return address_from_ipv4(0x0a000009, 5353);
}

static struct address service(void)
{
    return address_from_ipv4(0x0a000001, 53);
}

static struct message_writer writer;

static size_t begin_query(uint8_t *data, enum opcode opcode, uint16_t flags, const char *name,
                          uint16_t type)
{
    uint8_t qname[NAME_SIZE_MAX];
    const char *error;
    name_from_text(bytes_of_text(name), NULL, qname, &error);
    message_begin(&writer, data, 512, 77, opcode, flags);
    message_write_question(&writer, qname, type, CLASS_IN);
    return message_end(&writer, 0, 0);
}

/* Sends DATA from the client and lets a second pass; the reply, or NULL. */
static const struct message *tell(const uint8_t *data, size_t size)
{
    struct address local = service(), remote = client();
    size_t before = toy.reply_count;
    driver_datagram(&toy.driver, &local, &remote, bytes_of(data, size));
    toy_pass(&toy, NS_PER_S);
    return toy_reply(&toy, before);
}

/* ---- clients over UDP ------------------------------------------------------------------- */

static void refuses_what_is_not_for_resolving(void **state)
{
    (void)state;
    static const struct {
        enum opcode opcode;
        uint16_t type;
        enum rcode rcode;
    } cases[] = {
        {OPCODE_NOTIFY, RR_SOA, RCODE_NOTIMP}, {OPCODE_UPDATE, RR_SOA, RCODE_NOTIMP},
        {OPCODE_QUERY, RR_AXFR, RCODE_NOTIMP}, {OPCODE_QUERY, RR_IXFR, RCODE_NOTIMP},
        {OPCODE_QUERY, RR_ANY, RCODE_NOTIMP},  {OPCODE_QUERY, 0, RCODE_NOTIMP},
    };
    open_internet(WWW, BIG);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t data[512];
        size_t size = begin_query(data, cases[i].opcode, FLAG_RD, "www.", cases[i].type);
        const struct message *reply = tell(data, size);
        assert_non_null(reply);
        assert_int_equal(reply->rcode, cases[i].rcode);
        assert_int_equal(reply->opcode, cases[i].opcode);
        assert_int_equal(reply->id, 77);
    }
    assert_int_equal(toy.question_count, 0);
    toy_close(&toy);
}

static void broken_queries_are_formerr_and_responses_are_ignored(void **state)
{
    (void)state;
    uint8_t data[512];
    open_internet(WWW, BIG);
    size_t size = begin_query(data, OPCODE_QUERY, FLAG_RD, "www.", RR_A);
    const struct message *reply = tell(data, size - 1);
    assert_non_null(reply);
    assert_int_equal(reply->rcode, RCODE_FORMERR);
    assert_int_equal(reply->question_count, 0);
    assert_null(tell(data, 11));
    static const uint8_t broken_opt[] = {0, 0, 41, 4, 0, 0, 0, 0, 0, 0, 4, 0, 3, 0, 9};
    memcpy(data + size, broken_opt, sizeof broken_opt);
    data[11] = 1;
    reply = tell(data, size + sizeof broken_opt);
    assert_int_equal(reply->rcode, RCODE_FORMERR);
    assert_int_equal(reply->question_count, 1);
    assert_true(reply->edns.present);
    size = begin_query(data, OPCODE_QUERY, FLAG_QR | FLAG_RD, "www.", RR_A);
    assert_null(tell(data, size));
    toy_close(&toy);
}

static void without_rd_only_the_cache_answers(void **state)
{
    (void)state;
    uint8_t data[512];
    open_internet(WWW, BIG);
    size_t size = begin_query(data, OPCODE_QUERY, 0, "www.", RR_A);
    assert_int_equal(tell(data, size)->rcode, RCODE_REFUSED);
    assert_int_equal(toy.question_count, 0);
    toy_ask(&toy, "www.", RR_A);
    toy_pass(&toy, NS_PER_S);
    const struct message *reply = tell(data, size);
    assert_int_equal(reply->rcode, RCODE_NOERROR);
    assert_false(reply->flags & FLAG_RD);
    toy_close(&toy);
}

static void a_client_without_edns_gets_512_octets(void **state)
{
    (void)state;
    uint8_t data[512];
    open_internet(WWW, BIG);
    size_t size = begin_query(data, OPCODE_QUERY, FLAG_RD, "big.", RR_TXT);
    const struct message *reply = tell(data, size);
    assert_true(reply->flags & FLAG_TC);
    assert_false(reply->edns.present);
    assert_int_equal(reply->counts[SECTION_ANSWER], 0);
    toy_ask(&toy, "big.", RR_TXT);
    reply = toy_reply(&toy, toy.reply_count - 1);
    assert_false(reply->flags & FLAG_TC);
    assert_int_equal(reply->counts[SECTION_ANSWER], 1);
    toy_close(&toy);
}

/* ---- clients over TCP ------------------------------------------------------------------- */

static size_t stream_query(uint8_t *data, const char *name, uint16_t type)
{
    size_t size = begin_query(data + 2, OPCODE_QUERY, FLAG_RD, name, type);
    bytes_put_u16(data, (uint16_t)size);
    return size + 2;
}

/* What the resolver has written on its connections. */
static size_t written(void)
{
    size_t size = 0;
    for (size_t i = 0; i < toy.driver.output_count; i++)
        if (toy.driver.outputs[i].kind == HOST_DO_WRITE &&
            toy.driver.outputs[i].remote.port == client().port)
            size += toy.driver.outputs[i].bytes.size;
    return size;
}

static uint32_t connect_client(size_t credit)
{
    struct address local = service(), remote = client();
    return driver_accept(&toy.driver, &local, &remote, credit);
}

static void serves_many_questions_on_one_connection(void **state)
{
    (void)state;
    open_internet(WWW, BIG);
    uint32_t socket = connect_client(65536);
    uint8_t data[600];
    size_t first = stream_query(data, "big.", RR_TXT);
    size_t size = first + stream_query(data + first, "www.", RR_A);
    for (size_t i = 0; i < size; i++)
        driver_bytes(&toy.driver, socket, bytes_of(data + i, 1));
    toy_pass(&toy, NS_PER_S);
    assert_true(written() > 1000);
    assert_int_equal(toy.driver.socket_list[socket].state, DRIVER_OPEN);
    assert_int_equal(driver_note(&toy.driver, NOTE_QUERY)->values[1], 1);
    driver_finished(&toy.driver, socket);
    assert_int_equal(toy.driver.socket_list[socket].state, DRIVER_FREE);
    toy_close(&toy);
}

static void never_writes_beyond_the_credit(void **state)
{
    (void)state;
    open_internet(WWW, BIG);
    uint32_t socket = connect_client(100);
    uint8_t data[512];
    size_t size = stream_query(data, "big.", RR_TXT);
    driver_bytes(&toy.driver, socket, bytes_of(data, size));
    toy_pass(&toy, NS_PER_S);
    assert_int_equal(written(), 100);
    driver_writable(&toy.driver, socket, 5000);
    assert_true(written() > 1000);
    toy_close(&toy);
}

static void a_client_that_leaves_harms_nobody(void **state)
{
    (void)state;
    open_internet(WWW, BIG);
    uint32_t socket = connect_client(65536);
    uint8_t data[512];
    size_t size = stream_query(data, "big.", RR_TXT);
    driver_bytes(&toy.driver, socket, bytes_of(data, size));
    driver_reset(&toy.driver, socket, HOST_PEER_RESET);
    toy_pass(&toy, NS_PER_S);
    assert_int_equal(written(), 0);
    assert_int_equal(driver_note_count(&toy.driver, NOTE_QUERY), 1);
    toy_close(&toy);
}

static void a_half_closed_client_still_gets_its_reply(void **state)
{
    (void)state;
    open_internet(WWW, BIG);
    uint32_t socket = connect_client(65536);
    uint8_t data[512];
    size_t size = stream_query(data, "big.", RR_TXT);
    driver_bytes(&toy.driver, socket, bytes_of(data, size));
    driver_finished(&toy.driver, socket);
    assert_int_equal(toy.driver.socket_list[socket].state, DRIVER_OPEN);
    toy_pass(&toy, NS_PER_S);
    assert_true(written() > 1000);
    assert_int_equal(toy.driver.socket_list[socket].state, DRIVER_FREE);
    toy_close(&toy);
}

static void idle_and_surplus_connections_are_closed(void **state)
{
    (void)state;
    open_internet(WWW, BIG);
    uint32_t first = connect_client(65536);
    toy_pass(&toy, 29 * NS_PER_S);
    assert_int_equal(toy.driver.socket_list[first].state, DRIVER_OPEN);
    toy_pass(&toy, 2 * NS_PER_S);
    assert_int_equal(toy.driver.socket_list[first].state, DRIVER_FREE);
    first = connect_client(65536);
    for (int i = 0; i < 150; i++)
        connect_client(65536);
    assert_int_equal(driver_output_count(&toy.driver, HOST_DO_CLOSE), 2);
    toy_close(&toy);
}

/* ---- answers that are none -------------------------------------------------------------- */

/* Sends the resolver an answer to its query number N for "www." that differs as CHANGE says. */
enum change { NOTHING, OTHER_ID, OTHER_NAME, OTHER_TYPE, OTHER_ADDRESS, OTHER_PORT, NO_QR };

static void answer(const struct driver_output *query, enum change change)
{
    uint8_t data[512], qname[] = "\3www";
    if (change == OTHER_NAME)
        qname[1] = 'v';
    uint16_t type = change == OTHER_TYPE ? RR_AAAA : RR_A;
    uint16_t id = bytes_get_u16(query->bytes.data);
    struct rr rr = {qname, RR_A, CLASS_IN, 300, bytes_of("\300\0\2\102", 4)};
    message_begin(&writer, data, sizeof data, id ^ (change == OTHER_ID), OPCODE_QUERY,
                  change == NO_QR ? FLAG_AA : FLAG_QR | FLAG_AA);
    message_write_question(&writer, qname, type, CLASS_IN);
    message_write_rr(&writer, SECTION_ANSWER, &rr);
    size_t size = message_end(&writer, 0, 0);
    struct address remote = query->remote;
    if (change == OTHER_ADDRESS)
        remote.ip[15] ^= 1;
    if (change == OTHER_PORT)
        remote.port = 54;
    driver_datagram(&toy.driver, &query->local, &remote, bytes_of(data, size));
}

static const struct driver_output *find_query(const char *name)
{
    struct message message;
    uint8_t qname[NAME_SIZE_MAX];
    const char *error;
    name_from_text(bytes_of_text(name), NULL, qname, &error);
    for (size_t i = 0; i < toy.driver.output_count; i++) {
        const struct driver_output *output = &toy.driver.outputs[i];
        if (output->kind == HOST_DO_SEND && output->remote.port == 53 &&
            message_parse(&message, output->bytes) == MESSAGE_OK &&
            name_equal(message.qname, qname))
            return output;
    }
    return NULL;
}

static void believes_only_what_it_has_asked_for(void **state)
{
    (void)state;
    for (enum change change = NOTHING; change <= NO_QR; change++) {
        open_internet(WWW, BIG);
        toy_ask(&toy, "www.", RR_A);
        struct driver_output query = *find_query("www.");
        answer(&query, change);
        toy_pass(&toy, NS_PER_S);
        uint32_t ttl_s;
        assert_string_equal(toy_address(&toy, 0, &ttl_s),
                            change == NOTHING ? "192.0.2.66" : "192.0.2.80");
        toy_close(&toy);
    }
}

static void each_query_has_a_port_and_an_id_of_its_own(void **state)
{
    (void)state;
    open_internet(WWW, BIG);
    toy_ask(&toy, "www.", RR_A);
    toy_ask(&toy, "big.", RR_TXT);
    const struct driver_output *www = find_query("www."), *big = find_query("big.");
    assert_int_not_equal(www->local.port, big->local.port);
    assert_int_not_equal(bytes_get_u16(www->bytes.data), bytes_get_u16(big->bytes.data));
    toy_pass(&toy, NS_PER_S);
    /* Listeners are all that stays open. */
    size_t open = 0;
    for (uint32_t i = 1; i < toy.driver.socket_capacity; i++)
        open += toy.driver.socket_list[i].state != DRIVER_FREE;
    assert_int_equal(open, 2);
    toy_close(&toy);
}

static void a_broken_answer_counts_against_its_server(void **state)
{
    (void)state;
    open_internet(ROOT " *. any silent", BIG);
    toy_ask(&toy, "www.", RR_A);
    struct driver_output query = *find_query("www.");
    uint8_t data[] = {query.bytes.data[0], query.bytes.data[1], 0x84, 0, 0, 1, 0, 9, 0, 0, 0, 0, 3};
    driver_datagram(&toy.driver, &query.local, &query.remote, bytes_of(data, sizeof data));
    toy_pass(&toy, NS_PER_MS);
    assert_int_equal(toy_reply(&toy, 0)->rcode, RCODE_SERVFAIL);
    toy_close(&toy);
}

/* ---- hostile ---------------------------------------------------------------------------- */

static void random_octets_never_crash_it(void **state)
{
    (void)state;
    struct random random = random_stream(1, "hostile", 0, "octets");
    open_internet(WWW, BIG);
    struct address local = service(), remote = client();
    for (int round = 0; round < 3000; round++) {
        uint8_t data[600];
        size_t size = begin_query(data, OPCODE_QUERY, FLAG_RD, "www.example.com.", RR_A);
        data[15] = (uint8_t)round; /* another name */
        for (uint32_t flips = random_below(&random, 4); flips > 0; flips--)
            data[random_below(&random, (uint32_t)size)] = (uint8_t)random_next(&random);
        driver_datagram(&toy.driver, &local, &remote, bytes_of(data, size));
        const struct driver_output *last = &toy.driver.outputs[toy.driver.output_count - 1];
        if (last->kind == HOST_DO_SEND && last->remote.port == 53) {
            struct driver_output query = *last;
            size = 12 + random_below(&random, 500);
            for (size_t i = 12; i < size; i++)
                data[i] = (uint8_t)(random_below(&random, 3) ? random_next(&random) : 0);
            memcpy(data, query.bytes.data, query.bytes.size < size ? query.bytes.size : 12);
            data[2] = 0x84;
            data[7] = (uint8_t)random_below(&random, 4);
            data[9] = (uint8_t)random_below(&random, 4);
            driver_datagram(&toy.driver, &query.local, &query.remote, bytes_of(data, size));
        }
        if (round % 100 == 0)
            driver_advance(&toy.driver, toy.driver.now_ns + NS_PER_S);
    }
    toy_pass(&toy, 20 * NS_PER_S);
    assert_true(toy.reply_count > 1000);
    toy_close(&toy);
}

static void too_many_waiting_clients_cost_the_oldest_its_place(void **state)
{
    (void)state;
    open_internet(WWW, BIG);
    toy_close(&toy);
    const char *const lines[] = {ROOT " *. any silent"};
    config.software = RESOLVER_BIND_9_18;
    toy_open(&toy, &config, lines, 1);
    for (int i = 0; i < 1001; i++)
        toy_ask(&toy, i % 2 ? "odd." : "even.", RR_A);
    assert_int_equal(toy.reply_count, 1);
    assert_int_equal(toy_reply(&toy, 0)->id, 0);
    assert_int_equal(toy_reply(&toy, 0)->rcode, RCODE_SERVFAIL);
    toy_close(&toy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_is_not_for_resolving),
        cmocka_unit_test(broken_queries_are_formerr_and_responses_are_ignored),
        cmocka_unit_test(without_rd_only_the_cache_answers),
        cmocka_unit_test(a_client_without_edns_gets_512_octets),
        cmocka_unit_test(serves_many_questions_on_one_connection),
        cmocka_unit_test(never_writes_beyond_the_credit),
        cmocka_unit_test(a_client_that_leaves_harms_nobody),
        cmocka_unit_test(a_half_closed_client_still_gets_its_reply),
        cmocka_unit_test(idle_and_surplus_connections_are_closed),
        cmocka_unit_test(believes_only_what_it_has_asked_for),
        cmocka_unit_test(each_query_has_a_port_and_an_id_of_its_own),
        cmocka_unit_test(a_broken_answer_counts_against_its_server),
        cmocka_unit_test(random_octets_never_crash_it),
        cmocka_unit_test(too_many_waiting_clients_cost_the_oldest_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
