#include "app/command.h"

#include "app/outputs.h"
#include "capture/capture.h"

/* One line for each thing that was looked at. */
struct check {
	const struct command_context *context;
	bool failed;
};

static void say(struct check *check, enum result r, const char *what, const struct error *error)
{
	if (r == RESULT_OK) {
		(void)printf("ok     %s\n", what);
		return;
	}
	check->failed = true;
	(void)printf("wrong  %s: %s\n", what, error->text);
}

static void check_file(struct check *check, const char *path)
{
	const struct capture_options options = { .filter = check->context->settings->filter };
	struct error error = { .text = "" };
	struct capture *capture = NULL;
	enum result r = capture_open_files(&capture, &path, 1, &options, &error);

	say(check, r, path, &error);
	capture_free(&capture);
}

static void check_interface(struct check *check, const char *interface)
{
	const struct capture_options options = { .filter = check->context->settings->filter };
	struct error error = { .text = "" };
	struct capture *capture = NULL;
	enum result r = capture_open_live(&capture, interface, &options, &error);

	say(check, r, interface, &error);
	capture_free(&capture);
}

static void check_redis(struct check *check)
{
	const struct settings *settings = check->context->settings;
	struct redis_options options = { .url = settings->redis_url,
					 .key = settings->redis_key,
					 .mode = settings->redis_mode };
	struct error error = { .text = "" };
	char *password;
	enum result r = outputs_redis_password(settings, &password, &error);

	options.password = password;
	if (r == RESULT_OK)
		r = redis_try(&options, &error);
	say(check, r, "Redis", &error);
	outputs_forget_password(&password);
}

/* relaywatch check: the configuration was read before, or this would not run. */
enum exit_code command_check(const struct command_context *context)
{
	const struct settings *settings = context->settings;
	struct check check = { .context = context };

	say(&check, RESULT_OK, "configuration", NULL);
	for (size_t i = 0; i < settings->file_count; i++)
		check_file(&check, settings->files[i]);
	if (settings->interface != NULL)
		check_interface(&check, settings->interface);
	if (settings->redis_url != NULL)
		check_redis(&check);
	return check.failed || fflush(stdout) != 0 ? EXIT_COULD_NOT : EXIT_RAN;
}
