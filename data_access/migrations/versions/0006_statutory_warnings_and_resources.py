"""Statutory warnings and resources."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('resources',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False, comment='team, shelter, store, hospital, video or grid'),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('name_en', sa.String(length=160), nullable=False),
    sa.Column('region', sa.BigInteger(), nullable=False, comment='the county or township that it stands in'),
    sa.Column('lat', sa.Double(), nullable=False),
    sa.Column('lon', sa.Double(), nullable=False),
    sa.Column('capacity', sa.Double(), nullable=True, comment='people, beds, or square metres of a shelter'),
    sa.Column('stock', sa.Text(), nullable=False, comment='what it holds: name, quantity, unit, standard; as JSON'),
    sa.Column('contact', sa.String(length=120), nullable=False),
    sa.Column('phone', sa.String(length=40), nullable=False),
    sa.Column('link', sa.String(length=500), nullable=False, comment='of a video point: http or https'),
    sa.Column('simulated', sa.Boolean(), nullable=False),
    sa.Column('since', sa.BigInteger(), nullable=False, comment='from when it counts'),
    sa.Column('withdrawn_at', sa.BigInteger(), nullable=True),
    sa.Column('withdrawn_why', sa.String(length=200), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_resources')),
    comment='never deleted; withdrawn with a reason'
    )
    op.create_index('ix_resources_kind', 'resources', ['kind'], unique=False)
    op.create_table('statutory_messages',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('identifier', sa.String(length=256), nullable=False),
    sa.Column('sender', sa.String(length=256), nullable=False),
    sa.Column('sent', sa.BigInteger(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False, comment='of the content; the same words are the same message'),
    sa.Column('origin', sa.String(length=8), nullable=False, comment='cap, bulletin or sample'),
    sa.Column('status', sa.String(length=8), nullable=False, comment='Actual, Exercise, System, Test or Draft'),
    sa.Column('kind', sa.String(length=8), nullable=False, comment='Alert, Update, Cancel, Ack or Error'),
    sa.Column('scope', sa.String(length=12), nullable=False),
    sa.Column('colour', sa.String(length=8), nullable=False, comment='red … blue, white, green; empty: unclassified'),
    sa.Column('level', sa.SmallInteger(), nullable=False, comment='4 red … 1 blue, 0 none of them'),
    sa.Column('hazard', sa.String(length=120), nullable=False),
    sa.Column('category', sa.String(length=12), nullable=False),
    sa.Column('issuer', sa.String(length=256), nullable=False),
    sa.Column('effective', sa.BigInteger(), nullable=False),
    sa.Column('expires', sa.BigInteger(), nullable=True, comment='none: until it is replaced or cancelled'),
    sa.Column('assumed', sa.Boolean(), nullable=False, comment="the message names no end; it is the cockpit's rule"),
    sa.Column('ended_at', sa.BigInteger(), nullable=True, comment='replaced or cancelled from then on'),
    sa.Column('ended_by', sa.Integer(), nullable=True, comment='the message that replaced or cancelled it'),
    sa.Column('ended_why', sa.String(length=8), nullable=False, comment='Update or Cancel; empty while it stands'),
    sa.Column('unmapped', sa.Boolean(), nullable=False, comment='none of its areas is a region known here'),
    sa.Column('signed', sa.Boolean(), nullable=False, comment='it carries a signature, which is not verified'),
    sa.Column('simulated', sa.Boolean(), nullable=False),
    sa.Column('happened', sa.Boolean(), nullable=True, comment='what it warned of came while it held; none: not looked at yet'),
    sa.Column('happened_at', sa.BigInteger(), nullable=True, comment='when it came'),
    sa.Column('content', sa.Text(), nullable=False, comment='languages, areas, parameters and remarks, as JSON'),
    sa.Column('raw', sa.LargeBinary(), nullable=True, comment='the bytes as they came; none for a sample'),
    sa.Column('received_at', sa.BigInteger(), nullable=False),
    sa.Column('received_by', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_statutory_messages')),
    sa.UniqueConstraint('identifier', 'sender', 'sent', name=op.f('uq_statutory_messages_identifier_sender_sent')),
    comment='one row per message; never deleted'
    )
    op.create_index('ix_statutory_messages_effective', 'statutory_messages', ['effective'], unique=False)
    op.create_table('statutory_areas',
    sa.Column('message', sa.Integer(), nullable=False),
    sa.Column('region', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['message'], ['statutory_messages.id'], name=op.f('fk_statutory_areas_message')),
    sa.PrimaryKeyConstraint('message', 'region', name=op.f('pk_statutory_areas')),
    comment='the regions in force that a message names'
    )
    op.create_table('statutory_references',
    sa.Column('message', sa.Integer(), nullable=False),
    sa.Column('number', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('sender', sa.String(length=256), nullable=False),
    sa.Column('identifier', sa.String(length=256), nullable=False),
    sa.Column('sent', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['message'], ['statutory_messages.id'], name=op.f('fk_statutory_references_message')),
    sa.PrimaryKeyConstraint('message', 'number', name=op.f('pk_statutory_references')),
    comment='the earlier messages that a message replaces or cancels, whether they are here or not'
    )
    op.create_index('ix_statutory_references_identifier', 'statutory_references', ['identifier'], unique=False)
