/*
 * measure - run a command and say what it cost
 *
 * In:      measure OUTPUT COMMAND [ARGUMENT..]; the command's standard output goes to OUTPUT.
 * Out:     one line: CPU time (user and system) and wall time in microseconds, peak memory in KiB.
 * Errors:  exit 1 when the command cannot run or does not end with 0; its line is not printed.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t wall_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t time_us(struct timeval t)
{
	return (int64_t)t.tv_sec * 1000000 + t.tv_usec;
}

/* In the child: become the command. */
static _Noreturn void run(const char *output, char **command)
{
	int fd = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0) {
		perror(output);
		_exit(1);
	}
	(void)execvp(command[0], command);
	perror(command[0]);
	_exit(1);
}

int main(int argc, char **argv)
{
	int64_t start_us = wall_us(), used_us;
	struct rusage usage;
	int status;
	pid_t child;

	if (argc < 3) {
		(void)fputs("usage: measure OUTPUT COMMAND [ARGUMENT..]\n", stderr);
		return 2;
	}
	child = fork();
	if (child == 0)
		run(argv[1], argv + 2);
	if (child < 0 || wait4(child, &status, 0, &usage) != child) {
		perror("measure");
		return 1;
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		(void)fprintf(stderr, "measure: '%s' did not end well\n", argv[2]);
		return 1;
	}
	used_us = time_us(usage.ru_utime) + time_us(usage.ru_stime);
	printf("%" PRId64 " %" PRId64 " %ld\n", used_us, wall_us() - start_us, usage.ru_maxrss);
	return 0;
}
