/*
 * replay - run a fuzz target over its corpus without libFuzzer
 *
 * In:      files and folders on the command line.
 * Out:     one line with the number of inputs; the sanitizers say the rest.
 * Errors:  exit 1 when there is no input at all: an empty corpus tests nothing.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Run one input from a buffer of exactly its size, so that a read past it is seen. */
static size_t replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct stat st;
	uint8_t *data;
	size_t n;

	if (file == NULL || fstat(fileno(file), &st) != 0) {
		perror(path);
		exit(1);
	}
	data = malloc(st.st_size > 0 ? (size_t)st.st_size : 1);
	n = data == NULL ? 0 : fread(data, 1, (size_t)st.st_size, file);
	(void)fclose(file);
	(void)LLVMFuzzerTestOneInput(data, n);
	free(data);
	return 1;
}

static size_t replay(const char *path)
{
	struct dirent **names = NULL;
	int count = scandir(path, &names, NULL, alphasort);
	size_t done = 0;

	if (count < 0)
		return replay_file(path);
	for (int i = 0; i < count; i++) {
		char inner[4096];

		if (names[i]->d_name[0] != '.') {
			(void)snprintf(inner, sizeof(inner), "%s/%s", path, names[i]->d_name);
			done += replay(inner);
		}
		free(names[i]);
	}
	free(names);
	return done;
}

int main(int argc, char **argv)
{
	size_t done = 0;

	for (int i = 1; i < argc; i++)
		done += replay(argv[i]);
	printf("%zu inputs replayed\n", done);
	return done == 0;
}
