#include "app/settings.h"

#include <stdlib.h>

/* Nothing said yet; options.c puts in the defaults of its table. */
enum result settings_init(struct settings *settings)
{
	*settings = (struct settings){ .alert_severity = SEVERITY_MEDIUM };
	return site_new(&settings->site);
}

/* Free what is inside. */
void settings_clear(struct settings *settings)
{
	char *texts[] = { settings->filter,
			  settings->sensor_name,
			  settings->interface,
			  settings->html_file,
			  settings->redis_url,
			  settings->redis_key,
			  settings->redis_password_file };

	for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
		free(texts[i]);
	free(settings->files);
	site_free(&settings->site);
	*settings = (struct settings){ 0 };
}
