#ifndef SANDGLASS_TESTS_SCRATCH_FOLDER_H
#define SANDGLASS_TESTS_SCRATCH_FOLDER_H

/* A folder of the test's own below $TMPDIR, or /tmp, that all ranks work in: around the tests of a
   program (cmocka_run_group_tests) or around each.  0 on every rank where it went well. */
int EnterScratchFolder(void **state);

/* Back to where the ranks came from; the folder goes away with all that is in it. */
int RemoveScratchFolder(void **state);

/* Likewise, but what the test has left behind is a failure. */
int LeaveEmptyScratchFolder(void **state);

#endif
