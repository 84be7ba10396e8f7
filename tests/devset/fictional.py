"""Fictional people, companies and numbers for the development set; every check digit is right, nobody exists.

A third of the names hold rare characters, some of them of Unicode's extensions A and B; a tenth are long names with a
dot. Everything comes from the generator that is passed in.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from extractors.papers.idcard import NATIONS
from extractors.vision import glyphs
from samples import people

Chance = np.random.Generator
TODAY = date(2026, 11, 20)

PLACES = (
    ("110105", "北京市", "", "朝阳区"), ("310115", "上海市", "", "浦东新区"), ("440106", "广东省", "广州市", "天河区"),
    ("440305", "广东省", "深圳市", "南山区"), ("330106", "浙江省", "杭州市", "西湖区"), ("320102", "江苏省", "南京市", "玄武区"),
    ("510107", "四川省", "成都市", "武侯区"), ("420106", "湖北省", "武汉市", "武昌区"), ("430102", "湖南省", "长沙市", "芙蓉区"),
    ("610113", "陕西省", "西安市", "雁塔区"), ("370102", "山东省", "济南市", "历下区"), ("210102", "辽宁省", "沈阳市", "和平区"),
    ("650102", "新疆维吾尔自治区", "乌鲁木齐市", "天山区"), ("450103", "广西壮族自治区", "南宁市", "青秀区"),
    ("530102", "云南省", "昆明市", "五华区"), ("520102", "贵州省", "贵阳市", "南明区"), ("350203", "福建省", "厦门市", "思明区"),
    ("340104", "安徽省", "合肥市", "蜀山区"), ("360102", "江西省", "南昌市", "东湖区"), ("410105", "河南省", "郑州市", "金水区"),
    ("130102", "河北省", "石家庄市", "长安区"), ("150102", "内蒙古自治区", "呼和浩特市", "新城区"), ("230102", "黑龙江省", "哈尔滨市", "道里区"),
    ("460105", "海南省", "海口市", "秀英区"), ("540102", "西藏自治区", "拉萨市", "城关区"),
)  # fmt: skip
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆"
    "郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_DOUBLE = ("欧阳", "司马", "上官", "诸葛", "皇甫", "尉迟", "东方", "令狐")
_RARE_SURNAMES = "昝逄仝佘亓仉郗郄爨妫邸蔺禤笪麴厍"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国志文晓东宇浩然子涵梓轩欣怡雨婷嘉豪思远俊博雅琪诗佳慧雪莹海波春梅红云天成家乐永福长江新民立德少康光辉"
_RARE = "喆璟珺玥祎垚翊赟珅堃彧劼翀燚淼旻昶晟璇琰瑀頔骉犇曌昉昊暐暄瀞濛煊燊琤瑄璠璐甯畇皓睿砚祺禛竑筱箴綦缦翙苡荻菡蓁薇蘅虓蹇轶邈鋆铖镒霁霏靓韬颢飏骁鸢麒黛龑"
_MINORITY = (("阿依", "古丽", "买买提", "艾合买提", "吾守尔", "帕提古丽", "迪丽", "努尔", "热依汗", "阿卜杜", "如则", "亚森", "图尔逊"),
             ("扎西", "卓玛", "次仁", "旺堆", "德吉", "央金", "洛桑", "巴桑"))  # fmt: skip
_STREETS = (
    "文昌路",
    "建设大道",
    "朝阳北街",
    "人民中路",
    "解放西路",
    "科技园南路",
    "滨江道",
    "学府街",
    "幸福巷",
    "红旗东路",
    "青年大街",
    "翠竹苑",
    "龙湖花园",
    "云锦街",
)
_VILLAGES = ("石桥乡柳河村", "清水镇杨树湾村", "大坪乡新民村", "双河镇龙泉村", "北山镇王家庄村")
_TRADE = (
    "云杉",
    "梧桐",
    "海纳",
    "星河",
    "恒远",
    "鼎盛",
    "蓝鲸",
    "智汇",
    "禾木",
    "拾光",
    "青橙",
    "聚贤",
    "博雅",
    "九州通",
    "万象新",
    "易联",
    "创想",
    "优品",
    "安达",
    "瑞丰",
)
_BRANCH = (
    "科技",
    "信息技术",
    "网络科技",
    "文化传媒",
    "商贸",
    "电子商务",
    "教育咨询",
    "餐饮管理",
    "建筑工程",
    "物流",
    "生物科技",
    "软件",
)
_FORMS = (
    "有限责任公司(自然人独资)",
    "有限责任公司(自然人投资或控股)",
    "其他有限责任公司",
    "有限责任公司",
    "股份有限公司(非上市、自然人投资或控股)",
    "有限责任公司(法人独资)",
)
_SCOPE = (
    "软件开发", "信息技术咨询服务", "技术服务、技术开发、技术咨询、技术交流、技术转让、技术推广", "计算机软硬件及辅助设备零售", "信息系统集成服务",
    "互联网销售（除销售需要许可的商品）", "广告设计、代理", "广告制作", "广告发布", "企业管理咨询", "市场营销策划", "会议及展览服务", "办公用品销售",
    "日用百货销售", "电子产品销售", "数据处理和存储支持服务", "物联网技术服务", "人工智能应用软件开发", "货物进出口", "技术进出口", "食品销售（仅销售预包装食品）",
    "第二类医疗器械销售", "教育咨询服务（不含涉许可审批的教育培训活动）", "组织文化艺术交流活动", "专业设计服务", "图文设计制作", "摄影扩印服务", "礼仪服务",
    "服装服饰零售", "化妆品批发", "家用电器安装服务", "通讯设备销售", "机械设备租赁", "建筑材料销售", "园林绿化工程施工", "物业管理", "房地产经纪",
    "普通货物仓储服务（不含危险化学品等需许可审批的项目）", "国内货物运输代理", "餐饮管理", "农副产品销售", "金属制品销售", "工艺美术品及收藏品零售（象牙及其制品除外）",
)  # fmt: skip
_SCOPE_HEADS = ("", "", "一般项目：", "许可项目：增值电信业务；食品生产。一般项目：")
_SCOPE_TAILS = (
    "（依法须经批准的项目，经相关部门批准后方可开展经营活动）", "（除依法须经批准的项目外，凭营业执照依法自主开展经营活动）",
    "（依法须经批准的项目，经相关部门批准后方可开展经营活动，具体经营项目以审批结果为准）", "。",
)  # fmt: skip
_AMOUNTS = (
    "壹佰万元整",
    "伍佰万元整",
    "叁仟万元整",
    "壹仟零壹万元整",
    "贰佰万元人民币",
    "100万元人民币",
    "1000.000000万人民币",
    "伍拾万元整",
    "500万元整",
)


def pick(chance: Chance, options: object) -> str:
    """One of a sequence."""
    return options[int(chance.integers(len(options)))]  # type: ignore[arg-type,index,no-any-return]


def day(chance: Chance, first: int, last: int) -> date:
    """A day of the years from first to last."""
    start = date(first, 1, 1)
    return start + timedelta(days=int(chance.integers((date(last, 12, 31) - start).days)))


def extension_characters() -> str:
    """The national table's characters of Unicode's extensions A and B."""
    return "".join(
        c
        for c in glyphs.table().characters[: glyphs.table().national]
        if 0x3400 <= ord(c) < 0x4DC0 or ord(c) >= 0x20000
    )


def name(chance: Chance) -> str:
    """A person's name; one in three is rare or long."""
    kind = chance.random()
    if kind < 0.10:
        words = _MINORITY[int(chance.random() < 0.25)]
        return pick(chance, words) + pick(chance, words) + "·" + pick(chance, words)
    surname = pick(chance, _DOUBLE) if chance.random() < 0.05 else pick(chance, _SURNAMES)
    if kind < 0.22:
        rare = pick(chance, [c for c in _RARE if c in glyphs.table().characters[: glyphs.table().national]])
        return (
            (pick(chance, _RARE_SURNAMES) if chance.random() < 0.2 else surname)
            + pick(chance, ("", pick(chance, _GIVEN)))
            + rare
        )
    if kind < 0.34:
        return surname + pick(chance, ("", pick(chance, _GIVEN))) + pick(chance, extension_characters())
    return surname + "".join(pick(chance, _GIVEN) for _ in range(int(chance.integers(1, 3))))


def nation(chance: Chance) -> str:
    """A nation, Han in two of three."""
    return "汉" if chance.random() < 0.66 else pick(chance, NATIONS[:-1])


def id_number(chance: Chance, county: str, birth: date, sex: str) -> str:
    """A resident ID number that says the birth date and sex."""
    sequence = int(chance.integers(0, 500)) * 2 + (sex == "男")
    return people.id_number(county, birth, max(1, sequence))


def place(chance: Chance) -> tuple[str, str, str, str]:
    """Division code, province, city (may be empty) and county."""
    return PLACES[int(chance.integers(len(PLACES)))]


def address(chance: Chance, where: tuple[str, str, str, str]) -> str:
    """A made-up address in a county."""
    _, province, city, county = where
    if chance.random() < 0.2:
        return f"{province}{city}{county}{pick(chance, _VILLAGES)}{chance.integers(1, 20)}组{chance.integers(1, 99)}号"
    house = f"{chance.integers(1, 999)}号"
    ends = ("", f"{chance.integers(1, 30)}栋{chance.integers(101, 2600)}室", f"{chance.integers(1, 30)}号楼{chance.integers(1, 6)}单元{chance.integers(101, 3300)}",
            f"{chance.integers(1, 30)}幢{chance.integers(1, 30)}层{chance.integers(101, 2600)}房")  # fmt: skip
    return f"{province}{city}{county}{pick(chance, _STREETS)}{house}{pick(chance, ends)}"


def authority(where: tuple[str, str, str, str]) -> str:
    """The police office of a county."""
    _, province, city, county = where
    return f"{city or province}公安局{county[:-1]}分局"


def company(chance: Chance, where: tuple[str, str, str, str]) -> str:
    """A company's name."""
    town = (where[2] or where[1]).removesuffix("市")
    return f"{town}{pick(chance, _TRADE)}{pick(chance, _BRANCH)}有限公司"


def company_type(chance: Chance) -> str:
    """A company's type as licences print it."""
    return pick(chance, _FORMS)


def capital(chance: Chance) -> str:
    """A registered capital."""
    return pick(chance, _AMOUNTS)


def scope(chance: Chance, least: int, most: int) -> str:
    """A business scope of some phrases."""
    count = int(chance.integers(least, most))
    phrases = [_SCOPE[i] for i in chance.permutation(len(_SCOPE))[:count]]
    return pick(chance, _SCOPE_HEADS) + "；".join(phrases) + pick(chance, _SCOPE_TAILS)


def credit_code(chance: Chance, kind: str, county: str) -> str:
    """A unified social credit code; `kind` is its first two characters."""
    alphabet = people.USCC_ALPHABET
    start = "MA" if chance.random() < 0.6 else pick(chance, "0123456789") + pick(chance, "0123456789")
    body = start + "".join(pick(chance, alphabet if start == "MA" else "0123456789") for _ in range(6))
    return people.credit_code(kind, county, body)


def domain(chance: Chance) -> str:
    """A domain name with letters readers confuse."""
    letters = "".join(pick(chance, "abcdefghijklmnopqrstuvwxyz") for _ in range(int(chance.integers(3, 9))))
    return (
        letters
        + pick(chance, ("", "-shop", "123", "01", "cloud", "-specimen"))
        + pick(chance, (".cn", ".com", ".net", ".com.cn", ".中国", ".top"))
    )


def registrar(chance: Chance) -> str:
    """A made-up domain registrar."""
    return pick(
        chance,
        (
            "样本域名注册服务有限公司",
            "北京新网样本信息技术有限公司",
            "阿尔法云计算（北京）有限公司",
            "厦门易名样本科技股份有限公司",
            "成都西维样本数码有限公司",
        ),
    )


def pinyin(chance: Chance, capitals: bool = True) -> tuple[str, str]:
    """Surname and given names in Latin letters."""
    surnames = (
        "CHAN",
        "WONG",
        "LEE",
        "LAM",
        "CHEUNG",
        "NG",
        "OUYANG",
        "ZHANG",
        "LIU",
        "HUANG",
        "LIN",
        "TSAI",
        "O'BRIEN",
        "MUELLER",
        "SCHMIDT",
        "DUPONT",
        "KOWALSKI",
    )
    given = (
        "TAI MAN",
        "SIU MING",
        "KA YAN",
        "XIAOLAN",
        "ZIHAN",
        "WEI",
        "ANNA MARIA",
        "JOHN",
        "CHIA-LING",
        "WAI KEUNG",
        "HOK LAI",
        "MEI",
    )
    one, other = pick(chance, surnames), pick(chance, given)
    return (one, other) if capitals else (one.title(), other.title())
