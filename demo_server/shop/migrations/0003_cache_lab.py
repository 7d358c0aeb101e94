"""The rows of the cache lab; on PostgreSQL the sales report as a materialized view."""

import django.db.models.functions.datetime
from django.db import migrations, models

# The unique index is what lets it be refreshed while others read it.
VIEW = (
    """
    CREATE MATERIALIZED VIEW shop_sales_report AS
    SELECT product.category_id,
           COUNT(DISTINCT line.order_id) AS orders,
           SUM(line.quantity) AS units,
           SUM(line.quantity * line.unit_price) AS revenue,
           now() AS refreshed_at
    FROM shop_orderline AS line
    JOIN shop_product AS product ON product.id = line.product_id
    JOIN shop_order AS placed ON placed.id = line.order_id
    WHERE placed.status <> 'cancelled'
    GROUP BY product.category_id
    """,
    "CREATE UNIQUE INDEX shop_sales_report_category ON shop_sales_report (category_id)",
)


def create_view(apps, schema_editor):
    """SQLite has none: there the summary table shop_categoryrevenue stands for it."""
    del apps
    if schema_editor.connection.vendor == "postgresql":
        for statement in VIEW:
            schema_editor.execute(statement)


def drop_view(apps, schema_editor):
    """As it was."""
    del apps
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP MATERIALIZED VIEW shop_sales_report")


class Migration(migrations.Migration):
    dependencies = [("shop", "0002_write_back")]

    operations = [
        migrations.CreateModel(
            name="LabSource",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("value", models.BigIntegerField(db_default=0, default=0)),
                ("version", models.PositiveBigIntegerField(db_default=1, default=1)),
                (
                    "changed_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
            ],
        ),
        migrations.RunPython(create_view, drop_view),
    ]
