/*
 * Any octets on the disk of a primary and of a secondary. Whatever they start with
 * is what they write again, differences included, and is transferred; anything that
 * does not read as a zone is as good as nothing.
 *
 * Input: the size of the contact's file in an octet, that file, the zone's file.
 */
#include "nodes/secondary.h"
#include "tests/support/server_setup.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CREDIT = 1 << 20 };
#define START_NS (INT64_C(1767225600) * NS_PER_S)

/* ---- a disk with such files ---------------------------------------------------------------- */

struct raw_blob {
    struct host_blob blob;
    struct bytes bytes;
};

static void destroy_raw(struct host_blob *blob)
{
    free(blob);
}

static void encode_raw(const struct host_blob *blob,
                       void (*write)(void *context, struct bytes part), void *context)
{
    write(context, ((const struct raw_blob *)blob)->bytes);
}

static const struct host_blob_type raw_type = {"raw", destroy_raw, encode_raw};

static void put_file(struct node_driver *driver, const char *name, struct bytes bytes)
{
    if (bytes.size == 0)
        return;
    struct raw_blob *raw = memory_zeroed(sizeof *raw);
    raw->blob = (struct host_blob){&raw_type, 1};
    raw->bytes = bytes;
    driver_put_file(driver, name, &raw->blob);
}

/* ---- what a server makes of them ----------------------------------------------------------- */

static const struct server_zone *the_zone(const struct node_driver *driver)
{
    return &((const struct server *)driver->state)->zone_list[0];
}

/* Sends all of the zone, and its differences from each serial in the journal. */
static void transfer(struct node_driver *driver)
{
    struct address local = address_of("192.0.2.2:53"), remote = address_of("192.0.2.1:999");
    const struct journal *journal = &the_zone(driver)->journal;
    for (size_t i = 0; i <= journal->count && i < 4; i++) {
        uint32_t serial = i < journal->count ? zone_diff_from(journal->diffs[i]) : 0;
        uint32_t socket = driver_accept(driver, &local, &remote, CREDIT);
        driver_bytes(driver, socket, setup_framed(setup_transfer(serial)));
        driver_reset(driver, socket, HOST_PEER_RESET);
    }
    driver_forget(driver);
}

/* A version of its own, by which the disk is written anew; it must be read as it was written. */
static void write_again(struct node_driver *driver)
{
    setup_change(driver, "fuzz 300 TXT \"a change\"", false);
    struct zone *written = the_zone(driver)->version;
    size_t diffs = the_zone(driver)->journal.count;
    if (!written)
        return;
    zone_retain(written);
    driver_crash(driver);
    driver_start(driver);
    assert(the_zone(driver)->version && zone_equal(the_zone(driver)->version, written));
    assert(the_zone(driver)->journal.count == diffs);
    zone_release(written);
}

static void run(const struct setup *setup, struct bytes zone, struct bytes contact)
{
    struct node_driver driver;
    driver_create(&driver, &server_node, &setup->config, START_NS);
    driver.disk_as_octets = true;
    driver_crash(&driver);
    put_file(&driver, "example.com.zone", zone);
    put_file(&driver, "example.com.contact", contact);
    driver_start(&driver);
    const struct server_zone *held = the_zone(&driver);
    assert(!held->serving || held->version);
    if (held->version)
        assert(name_equal(zone_origin(held->version), name_of("example.com.")));
    if (held->secondary)
        assert(held->serving == (held->secondary->data == SECONDARY_SERVING));
    if (held->version)
        transfer(&driver);
    if (held->version && !held->secondary)
        write_again(&driver);
    driver_free(&driver);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct setup primary, secondary;
    if (size == 0)
        return 0;
    size_t cut = data[0] < size - 1 ? data[0] : size - 1;
    struct bytes contact = bytes_of(data + 1, cut), file = bytes_of(data + 1 + cut, size - 1 - cut);
    struct zone_store *store = zone_store_create();
    struct zone *zone = setup_zone(10, 3);
    setup_server(&primary, store, zone);
    setup_server(&secondary, store, NULL);
    primary.zone.condense_ixfr = true;
    run(&primary, file, contact);
    run(&secondary, file, contact);
    zone_release(zone);
    zone_store_destroy(store);
    return 0;
}
