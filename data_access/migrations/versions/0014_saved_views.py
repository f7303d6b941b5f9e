"""Saved views."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('saved_views',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account', sa.String(length=32), nullable=False, comment='no foreign key: a demo account may go'),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('address', sa.String(length=1000), nullable=False, comment='what stands behind the question mark'),
    sa.Column('changed_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_views')),
    sa.UniqueConstraint('account', 'name', name=op.f('uq_saved_views_account_name')),
    comment='how each account likes to look at the warnings'
    )
