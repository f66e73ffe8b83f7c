#include "capture/folder.h"

#include "capture/capture.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LIST_FIRST_CAPACITY 16

static const char *const capture_endings[] = { ".pcap", ".pcapng", ".cap", ".dmp", ".trc" };
static const char *const packed_endings[] = { ".gz", ".zst" };

/* The length of a name without one of these endings; 0: it has none. */
static size_t without_ending(const char *name, size_t length, const char *const *endings,
			     size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t ending = strlen(endings[i]);

		if (length > ending && strncmp(name + length - ending, endings[i], ending) == 0)
			return length - ending;
	}
	return 0;
}

/* "x.pcap", "x.pcap3" as tcpdump -C writes them, "x.pcapng.gz". */
bool folder_is_capture_name(const char *name)
{
	size_t length = strlen(name);
	size_t plain = without_ending(name, length, packed_endings, ARRAY_COUNT(packed_endings));

	if (name[0] == '.')
		return false;
	if (plain > 0)
		length = plain;
	while (length > 0 && ascii_is_digit((uint8_t)name[length - 1]))
		length--;
	return without_ending(name, length, capture_endings, ARRAY_COUNT(capture_endings)) > 0;
}

/* Put a path at the end; it is taken over. */
static enum result list_add(struct folder_list *list, char *path, struct error *error)
{
	size_t capacity = list->capacity == 0 ? LIST_FIRST_CAPACITY : list->capacity * 2;
	char **bigger;

	if (path != NULL && list->count == list->capacity) {
		bigger = realloc(list->paths, capacity * sizeof(*bigger));
		if (bigger == NULL) {
			free(path);
			path = NULL;
		} else {
			list->paths = bigger;
			list->capacity = capacity;
		}
	}
	if (path == NULL)
		return error_set(error, RESULT_FAILED, "no memory for the names of files");
	list->paths[list->count++] = path;
	return RESULT_OK;
}

/* scandir's choice. */
static int wanted(const struct dirent *entry)
{
	return folder_is_capture_name(entry->d_name);
}

/* By bytes, in any locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Folder and name as one path. */
static char *joined(const char *folder, const char *name)
{
	char *path = NULL;

	return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

/* All captures in a folder. */
static enum result add_folder(struct folder_list *list, const char *folder, struct error *error)
{
	struct dirent **names = NULL;
	int count = scandir(folder, &names, wanted, by_name);
	enum result r = RESULT_OK;

	if (count < 0)
		return error_set(error, RESULT_FAILED, "cannot read the folder '%s': %s", folder,
				 strerror(errno));
	if (count == 0)
		r = error_set(error, RESULT_BAD,
			      "no capture in the folder '%s'; name a file that is called otherwise",
			      folder);
	for (int i = 0; i < count; i++) {
		if (r == RESULT_OK)
			r = list_add(list, joined(folder, names[i]->d_name), error);
		free(names[i]);
	}
	free(names);
	return r;
}

enum result folder_expand(struct folder_list *list, const char *path, struct error *error)
{
	struct stat st;

	if (strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return add_folder(list, path, error);
	return list_add(list, strdup(path), error);
}

void folder_list_clear(struct folder_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->paths[i]);
	free(list->paths);
	*list = (struct folder_list){ 0 };
}
