"""PostgreSQL: what a query needs to know of an event's text, whatever was sent. None of these
functions ever fails: a text that PostgreSQL cannot read has no such field."""

from django.db import migrations

FUNCTIONS = r"""
CREATE FUNCTION event_text(raw bytea) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN convert_from(raw, 'UTF8');
EXCEPTION WHEN OTHERS THEN
    RETURN encode(raw, 'escape');
END $$;

-- The first of two equal names counts, as in SQLite; PostgreSQL's own operator takes the last.
CREATE FUNCTION event_field(line text, path text[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    step text;
    found json;
    is_plain boolean := true;
BEGIN
    FOREACH step IN ARRAY path LOOP
        IF step LIKE '-%' OR step ~ '^\d{7}'
           OR length(line) - length(replace(line, '"' || step || '"', '')) > length(step) + 2 THEN
            is_plain := false;
        END IF;
    END LOOP;
    found := line::json;
    IF is_plain THEN
        RETURN (found #> path)::text;
    END IF;
    FOREACH step IN ARRAY path LOOP
        CASE json_typeof(found)
        WHEN 'object' THEN
            found := (SELECT value FROM json_each(found) WHERE key = step LIMIT 1);
        WHEN 'array' THEN
            found := CASE WHEN step ~ '^\d{1,6}$' THEN found -> step::int END;
        ELSE
            RETURN NULL;
        END CASE;
        IF found IS NULL THEN
            RETURN NULL;
        END IF;
    END LOOP;
    RETURN found::text;
EXCEPTION WHEN OTHERS THEN
    RETURN NULL;
END $$;

CREATE FUNCTION event_value(json_text text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN json_text::json #>> '{}';
EXCEPTION WHEN OTHERS THEN
    RETURN NULL;
END $$;

CREATE FUNCTION event_number(digits text) RETURNS float8
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN digits::float8;
EXCEPTION
    WHEN numeric_value_out_of_range THEN
        IF digits ~* 'e-' OR digits ~ '^-?0' THEN
            RETURN 0;
        END IF;
        RETURN CASE WHEN digits LIKE '-%' THEN '-Infinity' ELSE 'Infinity' END::float8;
    WHEN OTHERS THEN
        RETURN NULL;
END $$;
"""


def make(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(FUNCTIONS, params=None)


class Migration(migrations.Migration):
    dependencies = [("viewer", "0002_saved_view")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
