#include "capture/inputs.h"

#include "capture/folder.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Is a to be read before b? */
static bool earlier(const struct input *a, const struct input *b)
{
	if (a->packet.time_ns != b->packet.time_ns)
		return a->packet.time_ns < b->packet.time_ns;
	return a->number < b->number;
}

/* Let the entry at this place sink below all that are earlier. */
static void heap_sink(struct inputs *inputs, uint32_t at)
{
	struct input *moved = inputs->heap[at];
	uint32_t child;

	while ((child = at * 2 + 1) < inputs->heap_count) {
		if (child + 1 < inputs->heap_count &&
		    earlier(inputs->heap[child + 1], inputs->heap[child]))
			child++;
		if (!earlier(inputs->heap[child], moved))
			break;
		inputs->heap[at] = inputs->heap[child];
		at = child;
	}
	inputs->heap[at] = moved;
}

/* Add an entry, and let it rise above all that are later. */
static void heap_add(struct inputs *inputs, struct input *input)
{
	uint32_t at = inputs->heap_count++;
	uint32_t parent;

	while (at > 0) {
		parent = (at - 1) / 2;
		if (!earlier(input, inputs->heap[parent]))
			break;
		inputs->heap[at] = inputs->heap[parent];
		at = parent;
	}
	inputs->heap[at] = input;
}

/* Take the first entry away. */
static void heap_drop_first(struct inputs *inputs)
{
	inputs->heap[0] = inputs->heap[--inputs->heap_count];
	if (inputs->heap_count > 0)
		heap_sink(inputs, 0);
}

/* Close an input's source. */
static void input_close(struct input *input)
{
	if (input->source != NULL)
		input->source->ops->close(input->source);
	input->source = NULL;
}

void inputs_tell(const struct inputs *inputs, const struct input *input, uint64_t frame,
		 const char *what)
{
	const struct capture_options *options = inputs->options;

	if (options != NULL && options->on_damage != NULL)
		options->on_damage(options->on_damage_ctx, input->path, frame, what);
}

/* An input is over before its end. */
static void input_damaged(struct inputs *inputs, struct input *input, const char *what)
{
	inputs->damaged_count++;
	inputs_tell(inputs, input, input->packet.frame + 1, what);
}

/* Read an input's next packet, and note how it stands. */
static void input_next(struct inputs *inputs, struct input *input)
{
	switch (input->source->ops->next(input->source, &input->packet)) {
	case RESULT_OK:
		input->state = INPUT_READY;
		return;
	case RESULT_MORE:
		input->state = INPUT_WAITING;
		return;
	case RESULT_END:
		break;
	case RESULT_BAD:
	case RESULT_LIMIT:
	case RESULT_FAILED:
		if (inputs->live)
			inputs->live_error = input->source->error;
		else
			input_damaged(inputs, input, input->source->error.text);
		break;
	}
	input->state = INPUT_OVER;
	input_close(input);
}

/* Note what input_next found, for an input that is not in the heap. */
static void input_place(struct inputs *inputs, struct input *input)
{
	if (input->state == INPUT_READY || input->state == INPUT_PARKED)
		heap_add(inputs, input);
	else if (input->state == INPUT_WAITING)
		inputs->waiting_count++;
}

/* Room in the list; the heap's entries point into it, so it never grows later. */
static enum result inputs_reserve(struct inputs *inputs, size_t count, struct error *error)
{
	if (count == 0)
		return error_set(error, RESULT_FAILED, "no file to read");
	if (count > CAPTURE_FILES_MAX)
		return error_set(error, RESULT_LIMIT,
				 "%zu files are more than the %d that are read at once; merge them "
				 "first, or read them in parts",
				 count, CAPTURE_FILES_MAX);
	inputs->list = calloc(count, sizeof(*inputs->list));
	inputs->heap = calloc(count, sizeof(struct input *));
	if (inputs->list == NULL || inputs->heap == NULL)
		return error_set(error, RESULT_FAILED, "no memory for %zu files", count);
	inputs->capacity = (uint32_t)count;
	return RESULT_OK;
}

/* The next free entry, under a name. */
static struct input *input_add(struct inputs *inputs, const char *name)
{
	struct input *input = &inputs->list[inputs->count];

	input->path = strdup(name);
	if (input->path == NULL)
		return NULL;
	input->number = inputs->count++;
	return input;
}

/* Buffers are smaller where there are many. */
static size_t window_bytes(const struct inputs *inputs)
{
	return inputs->capacity > OPEN_AT_ONCE ? WINDOW_SMALL_BYTES : WINDOW_BYTES;
}

/* Can it be closed and opened again? */
static bool is_regular(const char *path)
{
	struct stat st;

	return strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* Open one file, see when it begins, and park it when there are many. */
static enum result open_file(struct inputs *inputs, const char *path, struct error *error)
{
	struct input *input = input_add(inputs, path);
	enum result r;

	if (input == NULL)
		return error_set(error, RESULT_FAILED, "no memory to read '%s'", path);
	r = source_file_open(&input->source, path, window_bytes(inputs), &inputs->links, error);
	if (r != RESULT_OK)
		return r;
	input_next(inputs, input);
	if (input->state == INPUT_READY && inputs->capacity > OPEN_AT_ONCE && is_regular(path)) {
		input_close(input);
		input->state = INPUT_PARKED;
	}
	input_place(inputs, input);
	return RESULT_OK;
}

/* Open all; one that is no capture fails the whole. */
enum result inputs_open_files(struct inputs *inputs, const char *const *paths, size_t path_count,
			      struct error *error)
{
	struct folder_list files = { 0 };
	enum result r = RESULT_OK;

	for (size_t i = 0; i < path_count && r == RESULT_OK; i++)
		r = folder_expand(&files, paths[i], error);
	if (r == RESULT_OK)
		r = inputs_reserve(inputs, files.count, error);
	for (size_t i = 0; i < files.count && r == RESULT_OK; i++)
		r = open_file(inputs, files.paths[i], error);
	folder_list_clear(&files);
	return r;
}

/* Take on an interface. */
enum result inputs_open_live(struct inputs *inputs, const char *name, struct source *source,
			     struct error *error)
{
	struct input *input;
	enum result r = inputs_reserve(inputs, 1, error);

	input = r == RESULT_OK ? input_add(inputs, name) : NULL;
	if (input == NULL) {
		source->ops->close(source);
		return error_set(error, RESULT_FAILED, "no memory to capture on '%s'", name);
	}
	inputs->live = true;
	input->source = source;
	input->state = INPUT_WAITING;
	input_place(inputs, input);
	return RESULT_OK;
}

/* Close all. */
void inputs_clear(struct inputs *inputs)
{
	for (uint32_t i = 0; i < inputs->count; i++) {
		input_close(&inputs->list[i]);
		free(inputs->list[i].path);
	}
	free(inputs->list);
	free(inputs->heap);
	links_clear(&inputs->links);
	*inputs = (struct inputs){ 0 };
}

/* Open a parked input again: its first packet is the one that was seen. */
static enum result input_reopen(struct inputs *inputs, struct input *input)
{
	struct error why = { "" };
	int64_t time_ns = input->packet.time_ns;

	if (source_file_open(&input->source, input->path, window_bytes(inputs), &inputs->links,
			     &why) != RESULT_OK) {
		input->packet.frame = 0;
		input_damaged(inputs, input, why.text);
		input->state = INPUT_OVER;
		return RESULT_END;
	}
	input_next(inputs, input);
	if (input->state == INPUT_READY && input->packet.time_ns == time_ns)
		return RESULT_OK;
	if (input->state == INPUT_OVER)
		return RESULT_END;
	input_close(input);
	input->state = INPUT_OVER;
	input_damaged(inputs, input, "the file was changed while it was read");
	return RESULT_END;
}

/* Ask those that wait; RESULT_MORE while any still does. */
static enum result ask_waiting(struct inputs *inputs)
{
	for (uint32_t i = 0; i < inputs->count && inputs->waiting_count > 0; i++) {
		struct input *input = &inputs->list[i];

		if (input->state != INPUT_WAITING)
			continue;
		inputs->waiting_count--;
		input_next(inputs, input);
		input_place(inputs, input);
	}
	return inputs->waiting_count > 0 ? RESULT_MORE : RESULT_OK;
}

/* Find the earliest packet. */
enum result inputs_first(struct inputs *inputs, struct input **out, struct error *error)
{
	if (inputs->waiting_count > 0 && ask_waiting(inputs) == RESULT_MORE)
		return RESULT_MORE;
	while (inputs->heap_count > 0 && inputs->heap[0]->state == INPUT_PARKED) {
		if (input_reopen(inputs, inputs->heap[0]) != RESULT_OK)
			heap_drop_first(inputs);
	}
	if (inputs->heap_count > 0) {
		*out = inputs->heap[0];
		return RESULT_OK;
	}
	if (inputs->live_error.text[0] != '\0')
		return error_set(error, RESULT_FAILED, "capture on '%s' broke off: %s",
				 inputs->list[0].path, inputs->live_error.text);
	return RESULT_END;
}

/* Read on behind the first packet. */
void inputs_advance(struct inputs *inputs)
{
	struct input *input = inputs->heap[0];

	input_next(inputs, input);
	if (input->state == INPUT_READY) {
		if (inputs->heap_count > 1)
			heap_sink(inputs, 0);
		return;
	}
	heap_drop_first(inputs);
	input_place(inputs, input);
}
