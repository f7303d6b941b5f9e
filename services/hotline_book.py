"""The words of the hotline: the loop of a case, what appeals are about, how they come in. Pure data."""

from indicators.errors import N_

ACCEPTED, DISPATCHED, HANDLED, ANSWERED, SUPERVISED, CLOSED, REVISITED, RATED = range(1, 9)

STAGES = {
    ACCEPTED: N_("受理"),
    DISPATCHED: N_("派单"),
    HANDLED: N_("办理"),
    ANSWERED: N_("答复"),
    SUPERVISED: N_("督办"),
    CLOSED: N_("办结"),
    REVISITED: N_("回访"),
    RATED: N_("评价"),
}
"""The loop, in its order; a case may go back and walk a part of it again."""

NEXT = {
    ACCEPTED: (DISPATCHED, ANSWERED),
    DISPATCHED: (HANDLED, DISPATCHED),
    HANDLED: (ANSWERED, SUPERVISED, DISPATCHED),
    ANSWERED: (CLOSED, HANDLED, SUPERVISED),
    SUPERVISED: (HANDLED, ANSWERED),
    CLOSED: (REVISITED, RATED, DISPATCHED),
    REVISITED: (RATED, DISPATCHED),
    RATED: (DISPATCHED,),
}
"""Where a case may go from each stage; back to 派单 is a return."""

CLASSES = {
    "noise": N_("噪声扰民"),
    "water_supply": N_("供水供电"),
    "housing": N_("物业与住房"),
    "traffic": N_("交通出行"),
    "parking": N_("停车秩序"),
    "cityscape": N_("市容环境"),
    "pollution": N_("环境污染"),
    "consumer": N_("消费维权"),
    "wages": N_("劳动报酬"),
    "education": N_("教育"),
    "health": N_("医疗卫生"),
    "land": N_("土地与规划"),
    "rural": N_("农业农村"),
    "welfare": N_("民政社保"),
    "services": N_("政务服务"),
    "other": N_("其他诉求"),
}
"""What appeals are about."""

CHANNELS = {
    "phone": N_("电话"),
    "app": N_("小程序"),
    "web": N_("网站"),
    "wechat": N_("微信"),
    "transfer": N_("上级转办"),
}

RATINGS = {
    5: N_("满意"),
    4: N_("基本满意"),
    3: N_("一般"),
    2: N_("不满意"),
    1: N_("很不满意"),
}

DEPARTMENTS = (
    "hotline", "env", "water", "housing", "transport", "police", "cityadmin", "market", "hrss", "edu", "health",
    "natres", "agri", "civil", "approval", "petition",
)  # fmt: skip
"""Who handles appeals: departments of the catalogue."""

LEAST_RATED = 30
"""Fewer rated cases than this give no rate (``min_denominator`` of the catalogue)."""

REPEAT_DAYS = 31
"""The same person with the same matter so many days after closing makes a repeat."""
