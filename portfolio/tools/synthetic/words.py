"""What synthetic projects are called and where they stand. Companies are named after the sexagenary
cycle (甲子, 乙丑, …): they read like companies and are none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

STEMS, BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
BRANDS = tuple(STEMS[n % 10] + BRANCHES[n % 12] for n in range(60))


@dataclass(frozen=True)
class Place:
    """Region code (GB/T 2260), a point in it (WGS84), how far around, and its share of projects."""

    region: str
    latitude: float
    longitude: float
    around: float
    weight: int


CITY = Place("150200", 40.62, 109.95, 0.05, 5)
PLACES: Mapping[str, Place] = {
    "kundulun": Place("150203", 40.66, 109.82, 0.04, 14),
    "qingshan": Place("150204", 40.66, 109.90, 0.04, 14),
    "donghe": Place("150202", 40.58, 110.04, 0.04, 12),
    "jiuyuan": Place("150207", 40.61, 109.97, 0.06, 14),
    "shiguai": Place("150205", 40.68, 110.28, 0.06, 7),
    "bayan-obo": Place("150206", 41.77, 109.97, 0.03, 3),
    "tumed-right": Place("150221", 40.57, 110.52, 0.15, 11),
    "guyang": Place("150222", 41.03, 110.06, 0.15, 8),
    "darhan-muminggan": Place("150223", 41.70, 110.43, 0.30, 10),
    "rare-earth-hi-tech": Place("150271", 40.60, 109.80, 0.03, 12),
}

CATEGORY_WEIGHTS: Mapping[str, int] = {
    "industry": 46,
    "infrastructure": 17,
    "livelihood": 13,
    "energy": 10,
    "ecology": 6,
    "culture_tourism": 5,
    "technology_platform": 3,
}
# Who leads what, by the usual division of work in a Chinese city.
LEADS: Mapping[str, Sequence[str]] = {
    "industry": ("industry-it",),
    "infrastructure": ("transport", "housing-construction", "water", "urban-management"),
    "energy": ("energy",),
    "livelihood": ("housing-construction", "education", "health", "civil-affairs"),
    "ecology": ("ecology-environment", "forestry-grassland", "water"),
    "culture_tourism": ("culture-tourism",),
    "technology_platform": ("science-technology",),
}


@dataclass(frozen=True)
class BusinessLine:
    """A line of business: its share, its cluster, what its companies and projects are called.

    ``{n}`` in a project's name is one of ``sizes``; ``{place}`` is where it stands.
    """

    weight: int
    cluster: str
    company: str
    names: Sequence[str]
    sizes: Sequence[int] = (1,)


LINES: Mapping[str, Sequence[BusinessLine]] = {
    "industry": (
        BusinessLine(
            10,
            "rare_earth",
            "稀土新材料",
            ("年产{n}吨高性能钕铁硼永磁材料项目", "年产{n}吨稀土抛光材料项目", "稀土永磁电机项目"),
            (500, 1000, 3000, 5000),
        ),
        BusinessLine(
            9,
            "crystalline_silicon",
            "光伏科技",
            ("年产{n}GW单晶硅片项目", "年产{n}GW高效光伏组件项目", "年产{n}GW切片项目"),
            (2, 5, 10, 20),
        ),
        BusinessLine(
            8,
            "wind_equipment",
            "风电装备",
            ("年产{n}套风电叶片项目", "年产{n}台风力发电机组项目", "年产{n}套塔筒法兰项目"),
            (200, 300, 500, 800),
        ),
        BusinessLine(
            6,
            "metallurgy",
            "金属制品",
            ("年产{n}万吨铸件项目", "年产{n}万吨特种合金项目", "固废综合利用项目"),
            (1, 3, 5, 10),
        ),
        BusinessLine(
            5, "steel", "钢铁", ("年产{n}万吨高品质特钢项目", "轧线智能化改造项目"), (20, 50, 100)
        ),
        BusinessLine(
            5, "aluminium", "铝业", ("年产{n}万吨铝板带箔项目", "年产{n}万吨铝轮毂项目"), (3, 5, 10)
        ),
        BusinessLine(
            4,
            "new_energy_heavy_trucks",
            "汽车",
            ("年产{n}辆新能源重卡项目", "重卡车桥及零部件项目"),
            (1000, 3000, 10000),
        ),
        BusinessLine(
            4, "hydrogen", "氢能", ("年产{n}台套电解槽项目", "风光制氢一体化项目"), (50, 100, 200)
        ),
        BusinessLine(
            4,
            "energy_storage",
            "储能科技",
            ("年产{n}GWh储能电池项目", "储能系统集成项目"),
            (1, 3, 5),
        ),
        BusinessLine(
            3, "fluorine_materials", "氟材料", ("年产{n}万吨电子级氢氟酸项目",), (1, 2, 3)
        ),
        BusinessLine(
            3, "high_performance_fibre", "纤维", ("年产{n}吨碳纤维项目",), (1000, 3000, 5000)
        ),
        BusinessLine(3, "silicon_materials", "硅材料", ("年产{n}万吨有机硅项目",), (5, 10, 20)),
        BusinessLine(3, "copper", "铜业", ("年产{n}万吨铜箔项目",), (1, 2, 5)),
        BusinessLine(2, "semiconductors", "半导体", ("半导体级硅片项目", "功率器件封装测试项目")),
        BusinessLine(2, "low_altitude", "航空科技", ("无人机研发制造项目", "通用航空运营基地项目")),
        BusinessLine(3, "producer_services", "供应链", ("智慧物流园项目", "检验检测中心项目")),
    ),
    "infrastructure": (
        BusinessLine(
            4, "", "路桥", ("{place}道路改造工程", "{place}公路改扩建工程", "{place}立交桥工程")
        ),
        BusinessLine(3, "", "城市建设投资", ("{place}老旧管网改造工程", "{place}雨污分流工程")),
        BusinessLine(2, "", "水务投资", ("{place}供水保障工程", "{place}再生水利用工程")),
        BusinessLine(
            1, "producer_services", "物流", ("{place}铁路专用线工程", "{place}冷链物流基地项目")
        ),
    ),
    "energy": (
        BusinessLine(
            4,
            "new_energy",
            "新能源",
            ("{place}{n}万千瓦风电项目", "{place}{n}万千瓦光伏项目"),
            (10, 20, 50),
        ),
        BusinessLine(2, "", "电力", ("{place}{n}千伏输变电工程",), (110, 220, 500)),
        BusinessLine(
            2, "energy_storage", "储能", ("{place}{n}万千瓦时储能电站项目",), (20, 40, 60)
        ),
    ),
    "livelihood": (
        BusinessLine(
            4, "", "房地产开发", ("{place}棚户区改造安置房项目", "{place}老旧小区改造项目")
        ),
        BusinessLine(2, "", "教育投资", ("{place}中小学新建项目", "{place}幼儿园改扩建项目")),
        BusinessLine(2, "", "医疗投资", ("{place}医院综合楼项目", "{place}社区卫生服务中心项目")),
        BusinessLine(1, "", "养老服务", ("{place}养老服务中心项目",)),
    ),
    "ecology": (
        BusinessLine(3, "", "生态治理", ("{place}矿山生态修复工程", "{place}河道综合治理工程")),
        BusinessLine(
            2, "", "环保科技", ("{place}污水处理厂提标改造工程", "{place}固废处置中心项目")
        ),
        BusinessLine(1, "", "林草", ("{place}防沙治沙工程",)),
    ),
    "culture_tourism": (
        BusinessLine(
            1,
            "",
            "文化旅游",
            ("{place}文旅综合体项目", "{place}景区提升工程", "{place}体育场馆项目"),
        ),
    ),
    "technology_platform": (
        BusinessLine(1, "rare_earth", "科技", ("稀土新材料中试基地项目", "公共技术服务平台项目")),
        BusinessLine(1, "", "科技", ("科技企业孵化器项目", "算力中心项目")),
    ),
}
# What is built, and the word for being ready.
READY: Mapping[str, str] = {
    "industry": "建成投产",
    "energy": "并网发电",
    "livelihood": "建成交付",
    "infrastructure": "建成通行",
}
READY_OTHERWISE = "建成投用"
