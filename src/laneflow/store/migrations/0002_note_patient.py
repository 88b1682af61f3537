"""An index by which a patient's contacts of late are found."""
# ruff: noqa: RUF012  (how Django writes migrations)

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("laneflow", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="note",
            index=models.Index(fields=["patient", "time"], name="laneflow_note_patient"),
        ),
    ]
