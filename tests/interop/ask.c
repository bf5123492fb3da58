/* ask COUNT NAME=ADDRESS:PORT... < RECORDS
 * Asks COUNT questions made up from the records, compares the first server's answers with those of
 * each other, and prints differences that no class allows, then how many fell into each. Exits
 * with 1 if there were any of the former.
 *   ask fetch NAME=ADDRESS:PORT ZONE
 * fetches ZONE by AXFR and prints records, octets and seconds.
 *   ask abuse NAME=ADDRESS:PORT ZONE COUNT
 * opens COUNT bad connections at once.
 *   ask listen ..., ask beside ..., ask zone ...
 * play a scripted primary and hold what it was asked beside what ours asks: play.h. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/interop/ask.h"
#include "tests/interop/play.h"

enum { SHOWN_MAX = 20 };

struct tally {
    unsigned long same[ASK_SERVERS_MAX];
    unsigned long classes[ASK_CLASSES_MAX][ASK_SERVERS_MAX];
    unsigned long unknown, faults;
};

static void print_question(const struct ask_question *question, uint64_t number)
{
    char name[NAME_TEXT_SIZE], type[16];
    printf("question %llu: %s %s, class %u, %u octets, version %u%s%s%s%s%s%s\n",
           (unsigned long long)number, name_to_text(question->name, name),
           rr_type_to_text(question->type, type), question->class, question->udp_size,
           question->edns_version, question->dnssec_ok ? ", DO" : "",
           question->flags & FLAG_RD ? ", RD" : "", question->flags & FLAG_AD ? ", AD" : "",
           question->flags & FLAG_CD ? ", CD" : "", question->unknown_option ? ", option" : "",
           question->tcp ? ", TCP" : "");
}

static void show(const struct ask_question *question, uint64_t number, const char *server,
                 const struct ask_answer *ours, const struct ask_answer *theirs)
{
    print_question(question, number);
    ask_answer_print("ours", ours);
    ask_answer_print(server, theirs);
}

static void compare_all(const struct ask_server *servers, size_t count, uint64_t number,
                        const struct ask_question *question, const struct ask_answer *answers,
                        struct tally *tally)
{
    bool in_company = false;
    const char *fault = ask_answer_fault(question, &answers[0]);
    if (fault && tally->faults++ < SHOWN_MAX) {
        print_question(question, number);
        printf("  %s\n", fault);
        ask_answer_print("ours", &answers[0]);
    }
    for (size_t i = 1; i < count; i++)
        in_company = in_company || ask_answer_says_the_same(&answers[0], &answers[i]);
    for (size_t i = 1; i < count; i++) {
        int class = ask_classify(question, &answers[0], &answers[i], in_company);
        if (class == ASK_SAME)
            tally->same[i]++;
        else if (class >= 0)
            tally->classes[class][i]++;
        else if (tally->unknown++ < SHOWN_MAX)
            show(question, number, servers[i].name, &answers[0], &answers[i]);
    }
}

static void print(const struct ask_server *servers, size_t count, const struct tally *tally)
{
    printf("%-34s", "");
    for (size_t i = 1; i < count; i++)
        printf("%10s", servers[i].name);
    printf("\n%-34s", "the same");
    for (size_t i = 1; i < count; i++)
        printf("%10lu", tally->same[i]);
    for (int class = 0; ask_class_name(class); class ++) {
        printf("\n%-34s", ask_class_name(class));
        for (size_t i = 1; i < count; i++)
            printf("%10lu", tally->classes[class][i]);
    }
    printf("\n%-34s%10lu\n%-34s%10lu\n", "not allowed", tally->unknown, "of ours against the rules",
           tally->faults);
}

/* A class that nothing falls into any more is none. */
static bool every_class_is_met(size_t count, const struct tally *tally)
{
    bool all = true;
    for (int class = 0; ask_class_name(class); class ++) {
        unsigned long met = 0;
        for (size_t i = 1; i < count; i++)
            met += tally->classes[class][i];
        if (met == 0)
            printf("nothing falls into the class '%s'\n", ask_class_name(class));
        all = all && met > 0;
    }
    return all;
}

static bool open_server(struct ask_server *server, char *text)
{
    char *equals = strchr(text, '=');
    server->name = text;
    if (!equals || !address_parse_port(equals + 1, &server->address))
        return false;
    *equals = '\0';
    return ask_server_open(server);
}

static int compare_servers(struct ask_server *servers, size_t count, uint64_t questions)
{
    struct ask_zones zones = {0};
    struct tally tally = {0};
    ask_zones_read(&zones);
    if (zones.zone_count == 0 || count < 2)
        return 2;
    for (uint64_t i = 0; i < questions; i++) {
        struct arena arena = {0};
        struct ask_question question;
        struct ask_answer answers[ASK_SERVERS_MAX];
        ask_make_question(&zones, i, &question);
        ask_all(&arena, servers, count, &question, answers);
        compare_all(servers, count, i, &question, answers, &tally);
        arena_release(&arena);
    }
    print(servers, count, &tally);
    ask_zones_free(&zones);
    return tally.unknown > 0 || tally.faults > 0 || !every_class_is_met(count, &tally);
}

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} plays[] = {{"listen", play_listen}, {"beside", play_beside}, {"zone", play_zone}};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof plays / sizeof *plays; i++)
        if (strcmp(argv[1], plays[i].name) == 0)
            return plays[i].run(argc - 2, argv + 2);
    struct ask_server servers[ASK_SERVERS_MAX];
    bool fetches = argc == 4 && strcmp(argv[1], "fetch") == 0;
    bool abuses = argc == 5 && strcmp(argv[1], "abuse") == 0;
    bool holds = argc == 4 && strcmp(argv[1], "hold") == 0;
    int last = fetches || abuses || holds ? 3 : argc;
    size_t count = 0;
    for (int i = 2; i < last && count < ASK_SERVERS_MAX; i++, count++)
        if (!open_server(&servers[count], argv[i]))
            return 2;
    if (fetches)
        return ask_fetch(&servers[0], argv[3]);
    if (holds)
        return ask_hold(&servers[0], strtoull(argv[3], NULL, 10));
    if (abuses)
        return ask_abuse(&servers[0], argv[3], strtoull(argv[4], NULL, 10));
    return compare_servers(servers, count, argc > 1 ? strtoull(argv[1], NULL, 10) : 0);
}
