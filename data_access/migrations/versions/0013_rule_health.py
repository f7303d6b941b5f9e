"""Rule health."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('rule_proposals',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('rule', sa.String(length=160), nullable=False),
    sa.Column('draft', sa.Text(), nullable=False, comment='the rule as it is proposed, as JSON'),
    sa.Column('outcome', sa.Text(), nullable=False, comment='what a back-test said of it and of the rule in force, as JSON'),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('silence', sa.Integer(), nullable=True, comment='the silence on the rule while it is looked at'),
    sa.Column('muted_until', sa.BigInteger(), nullable=True),
    sa.Column('region', sa.BigInteger(), nullable=False, comment='whose regions it speaks of'),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('actor', sa.String(length=64), nullable=False),
    sa.Column('display', sa.String(length=64), nullable=False),
    sa.Column('withdrawn_at', sa.BigInteger(), nullable=True),
    sa.Column('withdrawn_by', sa.String(length=64), nullable=False),
    sa.Column('withdrawn_why', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rule_proposals')),
    comment='written once; withdrawn with a reason'
    )
    op.create_index('ix_rule_proposals_rule', 'rule_proposals', ['rule'], unique=False)
