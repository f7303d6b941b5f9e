"""Schedule: leases of jobs, what they did, where they failed."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=64), nullable=False, comment="of the job"),
        sa.Column("holder", sa.String(length=80), nullable=False, comment="the process that runs it: machine, number, word"),
        sa.Column("until", sa.BigInteger(), nullable=False, comment="free from then on; 0: given back"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
        comment="exactly one process runs each job",
    )
    op.create_table(
        "job_states",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False, comment="the last occasion that was done; 0: none yet"),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="when it last went through; 0: never"),
        sa.Column("milliseconds", sa.Integer(), nullable=False, comment="how long that took"),
        sa.Column("holder", sa.String(length=80), nullable=False, comment="the process that did it"),
        sa.Column("failed", sa.Integer(), nullable=False, comment="times in a row, up to now; 0: it works"),
        sa.Column("tried", sa.BigInteger(), nullable=False, comment="when it last failed; 0: never"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_job_states")),
        comment="one row for each job that has run",
    )
    op.create_table(
        "job_failures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False, comment="when it first failed so"),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False, comment="how often it failed so, one time after the other"),
        sa.Column("occasion", sa.BigInteger(), nullable=False, comment="what it was about to do"),
        sa.Column("key", sa.String(length=80), nullable=False, comment="of the issue; the kind of an unforeseen error"),
        sa.Column("what", sa.Text(), nullable=False, comment="a message, to be translated"),
        sa.Column("params", sa.Text(), nullable=False, comment="its fields, as JSON"),
        sa.Column("mended", sa.BigInteger(), nullable=False, comment="when the job went through again; 0: not yet"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_failures")),
        comment="kept; the same failure again is counted and not written twice",
    )
    op.create_index("ix_job_failures_name", "job_failures", ["name", "id"], unique=False)
