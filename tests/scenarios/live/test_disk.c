/* The node's disk as files in a directory: what is synced is there after a restart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

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

static void what_changes_while_it_is_written_is_written_next(void **state)
{
    assert_true(live_disk_load(&alone.live));
    write_text("zone", "one");
    write_text("gone", "one");
    live_disk_sync(&alone.live);
    write_text("zone", "two");
    live_disk_write(&alone.live, "gone", NULL);
    live_disk_sync(&alone.live);
    restart(state, "disk");
    assert_true(live_disk_load(&alone.live));
    assert_int_equal(alone.file_count, 1);
    assert_string_equal(alone.files[0].data, "two");
}

static void many_files_at_once_are_all_written(void **state)
{
    char name[16];
    assert_true(live_disk_load(&alone.live));
    for (int i = 0; i < LIVE_ALONE_FILES_MAX; i++) {
        snprintf(name, sizeof name, "zone%d", i);
        write_text(name, "text");
    }
    live_disk_sync(&alone.live);
    restart(state, "disk");
    assert_true(live_disk_load(&alone.live));
    assert_int_equal(alone.file_count, LIVE_ALONE_FILES_MAX);
    assert_string_equal(alone.files[0].data, "text");
}

/* A table's worth of time, and nothing is kept of what is gone. */
static void a_hundred_thousand_files_may_come_and_go(void **state)
{
    enum { FILES = 100000 };
    char name[16];
    (void)state;
    assert_true(live_disk_load(&alone.live));
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < FILES; i++) {
            snprintf(name, sizeof name, "zone%d", i);
            if (round == 0)
                write_text(name, "text");
            else
                live_disk_write(&alone.live, name, NULL);
        }
    assert_int_equal(alone.live.disk.changed.count, FILES);
    live_disk_sync(&alone.live);
    uv_run(&alone.live.loop, UV_RUN_DEFAULT);
    assert_int_equal(alone.live.disk.changed.count, 0);
    assert_int_equal(alone.live.disk.under_way.count, 0);
}

static void any_name_can_be_a_file(void **state)
{
    static const char *const names[] = {"%41/..", "..", "\\000.\xff example.", "a%",
                                        "UPPER_lower-1"};
    assert_true(live_disk_load(&alone.live));
    for (size_t i = 0; i < 5; i++)
        write_text(names[i], names[i]);
    live_disk_sync(&alone.live);
    restart(state, "disk");
    assert_int_equal(scratch_count(scratch_path(state, "disk")), 6); /* and .lock */
    assert_true(live_disk_load(&alone.live));
    assert_int_equal(alone.file_count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(alone.files[i].name, alone.files[i].data);
}

static void leftovers_and_hidden_files_are_no_files(void **state)
{
    mkdir(scratch_path(state, "disk"), 0777);
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
    mkdir(scratch_path(state, "disk"), 0777);
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
static FILE *kept;

static void hush(void)
{
    kept = stderr;
    stderr = fopen("/dev/null", "w");
}

static void speak(void)
{
    fclose(stderr);
    stderr = kept;
}

static bool loads_quietly(struct live *live)
{
    hush();
    bool loaded = live_disk_load(live);
    speak();
    return loaded;
}

static void sync_quietly(void)
{
    hush();
    live_disk_sync(&alone.live);
    uv_run(&alone.live.loop, UV_RUN_DEFAULT);
    speak();
}

static void what_could_not_be_written_is_tried_again(void **state)
{
    assert_true(live_disk_load(&alone.live));
    mkdir(scratch_path(state, "disk/zone.new"), 0777); /* in the way */
    write_text("zone", "one");
    sync_quietly();
    assert_true(alone.live.disk.failing);
    assert_false(scratch_exists(scratch_path(state, "disk/zone")));
    rmdir(scratch_path(state, "disk/zone.new"));
    write_text("other", "two");
    sync_quietly();
    assert_false(alone.live.disk.failing);
    assert_true(scratch_exists(scratch_path(state, "disk/zone")));
}

static void a_name_too_long_for_the_file_system_is_given_up(void **state)
{
    char name[400];
    (void)state;
    assert_true(live_disk_load(&alone.live));
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    write_text(name, "one");
    sync_quietly();
    assert_true(alone.live.disk.failing);
    assert_int_equal(alone.live.disk.changed.count, 0);
}

static void a_folder_is_for_one_process(void **state)
{
    static struct live_alone other;
    assert_true(live_disk_load(&alone.live));
    live_alone_open(&other, scratch_path(state, "disk"));
    assert_false(loads_quietly(&other.live));
    live_alone_close(&alone);
    assert_true(loads_quietly(&other.live));
    live_alone_close(&other);
    live_alone_open(&alone, NULL);
}

static void a_folder_that_is_a_file_is_an_error(void **state)
{
    scratch_write(scratch_path(state, "disk"), "");
    assert_false(loads_quietly(&alone.live));
}

static void a_file_that_is_a_folder_is_an_error(void **state)
{
    mkdir(scratch_path(state, "disk"), 0777);
    mkdir(scratch_path(state, "disk/zone"), 0777);
    assert_false(loads_quietly(&alone.live));
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
        DISK_TEST(what_changes_while_it_is_written_is_written_next),
        DISK_TEST(many_files_at_once_are_all_written),
        DISK_TEST(a_hundred_thousand_files_may_come_and_go),
        DISK_TEST(what_could_not_be_written_is_tried_again),
        DISK_TEST(a_name_too_long_for_the_file_system_is_given_up),
        DISK_TEST(a_folder_is_for_one_process),
        DISK_TEST(any_name_can_be_a_file),
        DISK_TEST(leftovers_and_hidden_files_are_no_files),
        DISK_TEST(broken_names_and_empty_files_do_no_harm),
        DISK_TEST(a_folder_that_is_a_file_is_an_error),
        DISK_TEST(a_file_that_is_a_folder_is_an_error),
        DISK_TEST(without_a_folder_nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
