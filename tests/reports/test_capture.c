/* Captures of a run played by hand, read back by libpcap. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <pcap/pcap.h>

#include "tests/support/little_run.h"
#include "tests/support/scratch.h"

struct record {
    int64_t after_ns; /* since the start */
    uint32_t size;
    uint16_t ip_id; /* IPv4 only, the packet's id */
};

/* The records of a capture file; returns their number. */
static size_t read_records(const char *path, struct record *records, size_t capacity)
{
    char error[PCAP_ERRBUF_SIZE];
    pcap_t *file = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, error);
    if (!file)
        fail_msg("%s: %s", path, error);
    assert_int_equal(pcap_datalink(file), DLT_RAW);
    struct pcap_pkthdr *header;
    const u_char *data;
    size_t count = 0;
    int status;
    while ((status = pcap_next_ex(file, &header, &data)) == 1) {
        assert_true(count < capacity);
        assert_int_equal(header->caplen, header->len);
        records[count++] =
            (struct record){header->ts.tv_sec * NS_PER_S + header->ts.tv_usec - LITTLE_START_NS,
                            header->len, data[0] >> 4 == 4 ? bytes_get_u16(data + 4) : 0};
    }
    if (status != PCAP_ERROR_BREAK)
        fail_msg("%s: %s", path, pcap_geterr(file));
    pcap_close(file);
    return count;
}

static uint32_t little_u32(const uint8_t *data)
{
    return data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 | (uint32_t)data[3] << 24;
}

/* The packets of a pcapng file. libpcap itself would not take several interfaces of LINKTYPE_RAW:
 * it compares the second one's link type with the first one's DLT. */
static size_t read_blocks(const char *path, struct record *records, size_t capacity)
{
    size_t size, count = 0, interfaces = 0;
    uint8_t *data = (uint8_t *)scratch_read(path, &size);
    assert_non_null(data);
    for (size_t at = 0; at < size;) {
        const uint8_t *block = data + at;
        uint32_t type = little_u32(block), block_size = little_u32(block + 4);
        assert_int_equal(block_size % 4, 0);
        assert_true(block_size >= 12 && block_size <= size - at);
        assert_int_equal(little_u32(block + block_size - 4), block_size);
        assert_int_equal(type == 0x0a0d0d0a, at == 0);
        interfaces += type == 1;
        if (type == 6) {
            assert_true(count < capacity);
            assert_true(little_u32(block + 8) < interfaces);
            int64_t time_ns = (int64_t)little_u32(block + 12) << 32 | little_u32(block + 16);
            assert_int_equal(little_u32(block + 20), little_u32(block + 24));
            records[count++] =
                (struct record){time_ns - LITTLE_START_NS, little_u32(block + 20),
                                block[28] >> 4 == 4 ? bytes_get_u16(block + 28 + 4) : 0};
        }
        at += block_size;
    }
    free(data);
    return count;
}

static void expect_times(const char *path, const int64_t *after_ns, size_t count)
{
    struct record records[64];
    bool pcapng = strcmp(path + strlen(path) - 6, "pcapng") == 0;
    size_t found = pcapng ? read_blocks(path, records, 64) : read_records(path, records, 64);
    assert_int_equal(found, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(records[i].after_ns, after_ns[i]);
}

static void play(const char *path, const struct capture_options *options)
{
    struct little_run run = little_start(path, options);
    little_play(&run);
    little_end(&run);
}

#define expect_records(name, ...)                                           \
    expect_times(scratch_path(state, name), (const int64_t[]){__VA_ARGS__}, \
                 sizeof(int64_t[]){__VA_ARGS__} / sizeof(int64_t))

/* The datagram of 4000 octets is three fragments wherever it is seen. */
static void pcapng_has_every_packet_once_in_order_of_sending(void **state)
{
    struct capture_options options = little_options();
    play(scratch_path(state, "out"), &options);
    expect_records("out/capture.pcapng", 1, 2, 3000, 3001, 3002, 3003, 3004, 3004, 3004, 5000, 5001,
                   5002, 5003);
}

static void libpcap_reads_a_pcapng_of_one_interface(void **state)
{
    static const uint32_t host_nodes[4] = {0};
    struct capture_options options = little_options();
    options.node_count = 1;
    options.host_nodes = host_nodes;
    play(scratch_path(state, "out"), &options);
    struct record pcapng[64], blocks[64];
    const char *path = scratch_path(state, "out/capture.pcapng");
    assert_int_equal(read_records(path, pcapng, 64), 13);
    assert_int_equal(read_blocks(path, blocks, 64), 13);
    for (size_t i = 0; i < 13; i++) {
        assert_int_equal(pcapng[i].after_ns, blocks[i].after_ns);
        assert_int_equal(pcapng[i].size, blocks[i].size);
    }
}

static void a_nodes_file_has_what_it_sent_and_what_reached_it(void **state)
{
    struct capture_options options = little_options();
    play(scratch_path(state, "out"), &options);
    expect_records("out/capture/eu-users.pcap", 1, 3001, 3002, 3003, 4001, 4001, 4001, 5003, 6000);
    expect_records("out/capture/isp-eu.pcap", 2, 2000, 3004, 3004, 3004, 4000, 5000, 5001, 5002);
    expect_records("out/capture/ns1.pcap", 1000, 3000);
}

static void a_node_without_a_file_is_in_the_pcapng_only(void **state)
{
    struct capture_node nodes[] = {
        {"eu-users", NULL, NULL}, {"b", "b.pcap", NULL}, {"c", NULL, NULL}};
    struct capture_options options = little_options();
    options.nodes = nodes;
    play(scratch_path(state, "out"), &options);
    assert_int_equal(scratch_count(scratch_path(state, "out/capture")), 1);
    expect_records("out/capture.pcapng", 1, 2, 3000, 3001, 3002, 3003, 3004, 3004, 3004, 5000, 5001,
                   5002, 5003);
}

static void the_filter_applies_to_all_files(void **state)
{
    struct capture_options options = little_options();
    struct filter_name name = {.name = "ns1"};
    assert_true(address_parse("198.51.100.53", &name.address));
    char error[FILTER_ERROR_SIZE];
    struct filter *filter = filter_compile("host ns1 or tcp", &name, 1, error);
    assert_non_null(filter);
    options.filter = filter;
    play(scratch_path(state, "out"), &options);
    expect_records("out/capture.pcapng", 3000, 5002);
    expect_records("out/capture/isp-eu.pcap", 4000, 5002);
    filter_free(filter);
}

static void expect_same(const char *a, const char *b)
{
    size_t size_a, size_b;
    char *data_a = scratch_read(a, &size_a), *data_b = scratch_read(b, &size_b);
    assert_non_null(data_a);
    assert_non_null(data_b);
    assert_int_equal(size_a, size_b);
    assert_memory_equal(data_a, data_b, size_a);
    free(data_a);
    free(data_b);
}

static void the_same_run_writes_the_same_bytes(void **state)
{
    struct capture_options options = little_options();
    play(scratch_path(state, "a"), &options);
    play(scratch_path(state, "b"), &options);
    expect_same(scratch_path(state, "a/capture.pcapng"), scratch_path(state, "b/capture.pcapng"));
    expect_same(scratch_path(state, "a/capture/ns1.pcap"),
                scratch_path(state, "b/capture/ns1.pcap"));
}

static bool contains(const char *data, size_t size, const char *text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i + length <= size; i++) {
        if (memcmp(data + i, text, length) == 0)
            return true;
    }
    return false;
}

/* Sends COUNT queries, of which each arrives after ten more have been sent. */
static void play_many(struct little_run *run, size_t count)
{
    struct packet *flying[10] = {0};
    for (size_t i = 0; i < count + 10; i++) {
        struct packet **slot = &flying[i % 10];
        if (*slot)
            little_arrive(run, *slot, PACKET_DELIVERED, (int64_t)i * 1000);
        free(*slot);
        *slot = NULL;
        if (i < count) {
            *slot = packet_make_query("192.0.2.1:1024", "192.0.2.53:53");
            little_send(run, *slot, LITTLE_USER_1, LITTLE_RESOLVER, PACKET_IN_FLIGHT,
                        (int64_t)i * 1000);
        }
    }
}

static void the_cap_ends_all_files_at_the_same_packet(void **state)
{
    enum { PACKET_OCTETS = 57, OCTETS = 32 + 2 * 16 + 3 * PACKET_OCTETS };
    struct capture_options options = little_options();
    options.cap = 100 * OCTETS;
    struct little_run run = little_start(scratch_path(state, "out"), &options);
    play_many(&run, 90);
    assert_null(capture_notice(run.capture));
    play_many(&run, 200);
    assert_non_null(
        strstr(capture_notice(run.capture), "end at +0s, after 100 packets, at their cap of "));
    assert_int_equal(capture_packets(run.capture), 100);
    little_end(&run);
    struct record records[128];
    assert_int_equal(read_blocks(scratch_path(state, "out/capture.pcapng"), records, 128), 100);
    assert_int_equal(records[99].ip_id, 100);
    assert_int_equal(read_records(scratch_path(state, "out/capture/isp-eu.pcap"), records, 128),
                     100);
    assert_int_equal(records[99].ip_id, 100);
    size_t size;
    char *data = scratch_read(scratch_path(state, "out/capture.pcapng"), &size);
    assert_true(contains(data, size, "capture ends here: its cap of "));
    free(data);
}

static void a_full_disk_fails_the_output_and_leaves_nothing(void **state)
{
    struct capture_options options = little_options();
    struct little_run run = little_start(scratch_path(state, "out"), &options);
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = 100000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    play_many(&run, 5000);
    assert_non_null(output_error(run.output));
    capture_finish(run.capture);
    limit.rlim_cur = limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    char error[OUTPUT_ERROR_SIZE] = "";
    assert_false(output_commit(run.output, error));
    assert_non_null(strstr(error, "out/capture/eu-users.pcap: cannot write: "));
    assert_int_equal(scratch_count(*state), 0);
}

#define claim(function) cmocka_unit_test_setup_teardown(function, scratch_make, scratch_remove)

/* Where in the pcapng file the Nth Decryption Secrets Block is; 0: there is none. */
static size_t find_secret(const uint8_t *data, size_t size, unsigned n)
{
    for (size_t at = 0; at < size; at += little_u32(data + at + 4))
        if (little_u32(data + at) == 10 && n-- == 0)
            return at;
    return 0;
}

/* Secrets of a session whose random numbers are all 0xab. */
#define RANDOM "abababababababababababababababababababababababababababababababab"
static const char *const secrets[] = {"CLIENT_TRAFFIC_SECRET_0 " RANDOM " bb",
                                      "SERVER_TRAFFIC_SECRET_0 " RANDOM " ccc"};

/* The first octets of a ClientHello in a TCP segment, over IPv4 or IPv6. */
static struct packet *client_hello(bool ipv6)
{
    uint8_t segment[20 + 43] = {[12] = 5 << 4, [20] = 22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3};
    bytes_put_u16(segment, 40001);
    bytes_put_u16(segment + 2, 853);
    memset(segment + 20 + 11, 0xab, 32);
    return packet_make(IP_TCP, ipv6 ? "[2001:db8::53]:5353" : "192.0.2.1:40001",
                       ipv6 ? "[2001:db8:1::53]:853" : "192.0.2.53:853", segment, sizeof segment);
}

/* A session between two nodes; each end tells both keys. */
static void play_session(struct little_run *run, bool ipv6)
{
    struct packet *hello = client_hello(ipv6);
    little_send(run, hello, LITTLE_USER_1, LITTLE_RESOLVER, PACKET_IN_FLIGHT, 0);
    little_arrive(run, hello, PACKET_DELIVERED, 0);
    for (int i = 0; i < 4; i++)
        run->listener.secret(run->listener.context, bytes_of_text(secrets[i / 2 ^ i % 2]));
    free(hello);
}

static void keys_of_tls_are_written_once_before_what_they_open(void **state)
{
    struct capture_options options = little_options();
    struct little_run run = little_start(scratch_path(state, "out"), &options);
    play_session(&run, false);
    little_play(&run);
    little_end(&run);
    size_t size, line = strlen(secrets[0]) + 1;
    char *log = scratch_read(scratch_path(state, "out/capture/tls-keys.log"), &size);
    assert_int_equal(size, strlen(secrets[0]) + strlen(secrets[1]) + 2);
    assert_memory_equal(log, secrets[0], line - 1);
    assert_memory_equal(log + line, secrets[1], strlen(secrets[1]));
    free(log);
    uint8_t *data = (uint8_t *)scratch_read(scratch_path(state, "out/capture.pcapng"), &size);
    size_t first = find_secret(data, size, 0);
    assert_true(first > 0);
    assert_int_equal(little_u32(data + first + 8), 0x544c534b);
    assert_int_equal(little_u32(data + first + 12), line);
    assert_memory_equal(data + first + 16, secrets[0], line - 1);
    size_t second = find_secret(data, size, 1);
    assert_true(second >= first + little_u32(data + first + 4));
    assert_int_equal(find_secret(data, size, 2), 0);
    assert_int_equal(little_u32(data + second + little_u32(data + second + 4)), 6);
    free(data);
}

/* What is not captured needs no key, and gives none away. */
static void a_filter_leaves_out_the_keys_of_sessions_that_it_leaves_out(void **state)
{
    static const struct {
        const char *expression;
        bool ipv6, kept;
    } cases[] = {
        {"udp", false, false},
        {"tcp port 853", false, true},
        {"tcp port 853", true, true},
        {"host 192.0.2.2", false, false},
        {"src host 192.0.2.53", false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char error[FILTER_ERROR_SIZE], directory[16];
        struct capture_options options = little_options();
        struct filter *filter = filter_compile(cases[i].expression, NULL, 0, error);
        options.filter = filter;
        snprintf(directory, sizeof directory, "out%zu", i);
        struct little_run run = little_start(scratch_path(state, directory), &options);
        play_session(&run, cases[i].ipv6);
        little_end(&run);
        filter_free(filter);
        char name[64];
        size_t size;
        snprintf(name, sizeof name, "%s/capture/tls-keys.log", directory);
        char *log = scratch_read(scratch_path(state, name), &size);
        assert_int_equal(log != NULL, cases[i].kept);
        free(log);
        snprintf(name, sizeof name, "%s/capture.pcapng", directory);
        char *data = scratch_read(scratch_path(state, name), &size);
        assert_int_equal(find_secret((uint8_t *)data, size, 0) > 0, cases[i].kept);
        free(data);
    }
}

/* Lines that are none, of sessions that nobody has greeted, and packets cut short. */
static void nonsense_is_no_key_and_no_greeting(void **state)
{
    struct capture_options options = little_options();
    struct little_run run = little_start(scratch_path(state, "out"), &options);
    struct packet *hello = client_hello(false);
    hello->size--;
    little_send(&run, hello, LITTLE_USER_1, LITTLE_RESOLVER, PACKET_IN_FLIGHT, 0);
    little_arrive(&run, hello, PACKET_DELIVERED, 0);
    free(hello);
    static const char *const lines[] = {"", "LABEL", "LABEL abab cc", "LABEL " RANDOM " cc"};
    for (size_t i = 0; i < 4; i++)
        run.listener.secret(run.listener.context, bytes_of_text(lines[i]));
    little_end(&run);
    size_t size;
    assert_null(scratch_read(scratch_path(state, "out/capture/tls-keys.log"), &size));
}

static void without_tls_there_are_no_keys(void **state)
{
    struct capture_options options = little_options();
    play(scratch_path(state, "out"), &options);
    size_t size;
    assert_null(scratch_read(scratch_path(state, "out/capture/tls-keys.log"), &size));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        claim(pcapng_has_every_packet_once_in_order_of_sending),
        claim(libpcap_reads_a_pcapng_of_one_interface),
        claim(a_nodes_file_has_what_it_sent_and_what_reached_it),
        claim(a_node_without_a_file_is_in_the_pcapng_only),
        claim(the_filter_applies_to_all_files),
        claim(the_same_run_writes_the_same_bytes),
        claim(the_cap_ends_all_files_at_the_same_packet),
        claim(a_full_disk_fails_the_output_and_leaves_nothing),
        claim(keys_of_tls_are_written_once_before_what_they_open),
        claim(a_filter_leaves_out_the_keys_of_sessions_that_it_leaves_out),
        claim(nonsense_is_no_key_and_no_greeting),
        claim(without_tls_there_are_no_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
