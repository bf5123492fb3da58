/* The node's disk as files in a directory: what is synced is there after a restart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/support/live_alone.h"
#include "tests/support/scratch.h"

static struct live_alone alone;

/* ---- a blob that is a text --------------------------------------------------------------------
 */

struct text_blob {
    struct host_blob blob;
    const char *text;
};

static void destroy(struct host_blob *blob)
{
    free(blob);
}

/* In two parts, as zones come in many. */
static void encode(const struct host_blob *blob, void (*sink)(void *context, struct bytes part),
                   void *context)
{
    const char *text = ((const struct text_blob *)blob)->text;
    sink(context, bytes_of(text, strlen(text) / 2));
    sink(context, bytes_of(text + strlen(text) / 2, strlen(text) - strlen(text) / 2));
}

static const struct host_blob_type text_type = {"text", destroy, encode};

static void write_text(const char *name, const char *text)
{
    struct text_blob *blob = memory_zeroed(sizeof *blob);
    blob->blob = (struct host_blob){&text_type, 1};
    blob->text = text;
    live_disk_write(&alone.live, name, &blob->blob);
}

/* ---- the disk -----------------------------------------------------------------------------------
 */

/* What a node would be given that starts now. */
static void restart(void **state, const char *folder)
{
    live_alone_close(&alone);
    live_alone_open(&alone, scratch_path(state, folder));
}

static int open_disk(void **state)
{
    scratch_make(state);
    live_alone_open(&alone, scratch_path(state, "disk"));
    return 0;
}

static int close_disk(void **state)
{
    live_alone_close(&alone);
    return scratch_remove(state);
}

static void the_folder_is_made_if_need_be(void **state)
{
    assert_true(live_disk_load(&alone.live));
    assert_true(scratch_exists(scratch_path(state, "disk")));
    assert_int_equal(alone.file_count, 0);
}

static void what_is_synced_is_there_again_in_order_of_name(void **state)
{
    assert_true(live_disk_load(&alone.live));
    write_text("zone/b.example.", "second");
    write_text("zone/a.example.", "first");
    live_disk_sync(&alone.live);
    restart(state, "disk");
    assert_true(live_disk_load(&alone.live));
    assert_int_equal(alone.file_count, 2);
    assert_string_equal(alone.files[0].name, "zone/a.example.");
    assert_string_equal(alone.files[0].data, "first");
    assert_string_equal(alone.files[1].data, "second");
}

static void what_is_not_synced_is_lost(void **state)
{
    assert_true(live_disk_load(&alone.live));
    write_text("zone", "one");
    live_disk_sync(&alone.live);
    write_text("zone", "two");
    write_text("other", "three");
    restart(state, "disk");
    assert_true(live_disk_load(&alone.live));
    assert_int_equal(alone.file_count, 1);
    assert_string_equal(alone.files[0].data, "one");
}

static void the_last_of_several_writes_counts(void **state)
{
    assert_true(live_disk_load(&alone.live));
    write_text("zone", "a longer one");
    write_text("zone", "short");
    live_disk_sync(&alone.live);
    restart(state, "disk");
    assert_true(live_disk_load(&alone.live));
    assert_string_equal(alone.files[0].data, "short");
}

static void what_is_removed_is_gone(void **state)
{
    assert_true(live_disk_load(&alone.live));
    write_text("zone", "one");
    live_disk_sync(&alone.live);
    live_disk_write(&alone.live, "zone", NULL);
    live_disk_write(&alone.live, "never there", NULL);
    live_disk_sync(&alone.live);
    restart(state, "disk");
    assert_true(live_disk_load(&alone.live));
    assert_int_equal(alone.file_count, 0);
}

static void any_name_can_be_a_file(void **state)
{
    static const char *const names[] = {"%41/..", "..", "\\000.\xff example.", "a%",
                                        "UPPER_lower-1"};
    assert_true(live_disk_load(&alone.live));
    for (size_t i = 0; i < 5; i++)
        write_text(names[i], names[i]);
    live_disk_sync(&alone.live);
    assert_int_equal(scratch_count(scratch_path(state, "disk")), 5);
    restart(state, "disk");
    assert_true(live_disk_load(&alone.live));
    assert_int_equal(alone.file_count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(alone.files[i].name, alone.files[i].data);
}

static void leftovers_and_hidden_files_are_no_files(void **state)
{
    assert_true(live_disk_load(&alone.live));
    scratch_write(scratch_path(state, "disk/zone.new"), "half of a zo");
    scratch_write(scratch_path(state, "disk/.hidden"), "x");
    scratch_write(scratch_path(state, "disk/new"), "short names too");
    assert_true(live_disk_load(&alone.live));
    assert_int_equal(alone.file_count, 1);
    assert_string_equal(alone.files[0].name, "new");
}

/* Somebody else's: nothing that we would have written. */
static void broken_names_and_empty_files_do_no_harm(void **state)
{
    assert_true(live_disk_load(&alone.live));
    scratch_write(scratch_path(state, "disk/a%"), "");
    scratch_write(scratch_path(state, "disk/b%4"), "x");
    scratch_write(scratch_path(state, "disk/c%zz"), "y");
    scratch_write(scratch_path(state, "disk/d%+1"), "z");
    assert_true(live_disk_load(&alone.live));
    assert_int_equal(alone.file_count, 4);
    assert_string_equal(alone.files[0].name, "a%");
    assert_int_equal(alone.files[0].size, 0);
    assert_string_equal(alone.files[1].name, "b%4");
    assert_string_equal(alone.files[2].name, "c%zz");
    assert_string_equal(alone.files[3].name, "d%+1");
}

/* stderr says why; it is kept out of the test's output. */
static bool loads_quietly(void)
{
    FILE *kept = stderr;
    stderr = fopen("/dev/null", "w");
    bool loaded = live_disk_load(&alone.live);
    fclose(stderr);
    stderr = kept;
    return loaded;
}

static void a_folder_that_is_a_file_is_an_error(void **state)
{
    scratch_write(scratch_path(state, "disk"), "");
    assert_false(loads_quietly());
}

static void a_file_that_is_a_folder_is_an_error(void **state)
{
    mkdir(scratch_path(state, "disk"), 0777);
    mkdir(scratch_path(state, "disk/zone"), 0777);
    assert_false(loads_quietly());
    assert_int_equal(alone.file_count, 0);
}

static void without_a_folder_nothing_is_kept(void **state)
{
    (void)state;
    alone.options.state = NULL;
    write_text("zone", "one");
    live_disk_sync(&alone.live);
    assert_true(live_disk_load(&alone.live));
    assert_int_equal(alone.file_count, 0);
}

#define DISK_TEST(name) cmocka_unit_test_setup_teardown(name, open_disk, close_disk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DISK_TEST(the_folder_is_made_if_need_be),
        DISK_TEST(what_is_synced_is_there_again_in_order_of_name),
        DISK_TEST(what_is_not_synced_is_lost),
        DISK_TEST(the_last_of_several_writes_counts),
        DISK_TEST(what_is_removed_is_gone),
        DISK_TEST(any_name_can_be_a_file),
        DISK_TEST(leftovers_and_hidden_files_are_no_files),
        DISK_TEST(broken_names_and_empty_files_do_no_harm),
        DISK_TEST(a_folder_that_is_a_file_is_an_error),
        DISK_TEST(a_file_that_is_a_folder_is_an_error),
        DISK_TEST(without_a_folder_nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
