#include "tests/support/built.h"

void built_build(struct built *built, const char *text)
{
    *built = (struct built){0};
    built->diagnostics.arena = &built->arena;
    built->scenario = scenario_load_text(&built->arena, "test.yaml", bytes_of_text(text), NULL,
                                         &built->diagnostics);
    if (built->scenario)
        built->stage = stage_build(built->scenario, &built->arena, &built->diagnostics);
}

void built_end(struct built *built)
{
    if (built->stage)
        stage_destroy(built->stage);
    diagnostics_free(&built->diagnostics);
    arena_release(&built->arena);
}
