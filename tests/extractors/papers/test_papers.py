"""The readers of single papers, on lines alone: no picture, no model."""

from __future__ import annotations

import pytest

from extractors.papers import domaincert, idcard, institution, kinds, licence, passport, people, permits
from extractors.papers.layout import SheetText, Value
from extractors.vision.lines import Line, even_line
from tests.extractors.papers.test_layout import at

NUMBER = "11010519491231002X"


def sheet(*lines: Line) -> SheetText:
    return SheetText(lines, 1000, 640)


def texts(values: dict[str, Value]) -> dict[str, str]:
    return {name: value.value for name, value in values.items()}


def front(number: str = NUMBER, sex: str = "女", birth: str = "1949年12月31日") -> SheetText:
    return sheet(
        at("姓名张晓岚", 50, 60),
        at(f"性别{sex}", 50, 130),
        at("民族汉", 330, 130),
        at(f"出生{birth}", 50, 200),
        at("住址", 50, 280),
        at("北京市朝阳区样本路1号", 150, 280),
        at("2号楼3单元", 150, 325),
        at("公民身份号码", 50, 540),
        at(number, 350, 540),
    )


def test_a_portrait_side_gives_its_six_values() -> None:
    assert texts(idcard.read_front(front())) == {
        "name": "张晓岚",
        "sex": "女",
        "nation": "汉",
        "birth": "1949-12-31",
        "address": "北京市朝阳区样本路1号2号楼3单元",
        "id_number": NUMBER,
    }


def test_a_printed_birth_that_disagrees_with_the_proven_number_is_unsure() -> None:
    values = idcard.read_front(front(birth="1949年12月30日"))
    assert values["birth"].value == "1949-12-31"
    assert values["birth"].confidence < 0.85


def test_a_number_that_fails_its_check_is_kept_and_unsure() -> None:
    values = idcard.read_front(front(number="110105194912310021"))
    assert values["id_number"].value == "110105194912310021"
    assert values["id_number"].confidence < 0.5


def test_a_failed_number_is_read_again_with_digits_only() -> None:
    asked: list[str] = []

    def again(line: Line, allowed: str) -> Line:
        asked.append(allowed)
        return even_line(NUMBER, line.box, "ocr")

    base = front(number="1101051949123I0O2Z")
    values = idcard.read_front(SheetText(base.lines, base.width, base.height, again))
    assert asked == ["0123456789X"]
    assert values["id_number"].value == NUMBER


@pytest.mark.parametrize(
    ("printed", "want", "sure"),
    [
        ("2015.03.08-2035.03.08", ("2015-03-08", "2035-03-08"), True),
        ("2015.03.08-长期", ("2015-03-08", "长期"), True),
        ("2016.02.29-2026.02.28", ("2016-02-29", "2026-02-28"), True),
        ("2015.03.08-2033.03.08", ("2015-03-08", "2033-03-08"), False),
        ("2015.03.08-2025.03.09", ("2015-03-08", "2025-03-09"), False),
    ],
)
def test_a_validity_of_no_usual_length_is_unsure(printed: str, want: tuple[str, str], sure: bool) -> None:
    values = idcard.read_back(
        sheet(
            at("签发机关", 100, 400),
            at("北京市公安局朝阳分局", 300, 400),
            at("有效期限", 100, 470),
            at(printed, 300, 470),
        )
    )
    assert (values["valid_from"].value, values["valid_to"].value) == want
    assert (values["valid_to"].confidence >= 0.85) is sure
    assert values["authority"].value == "北京市公安局朝阳分局"


def test_what_stands_after_the_office_s_name_is_no_part_of_it() -> None:
    values = idcard.read_back(
        sheet(at("签发机关", 100, 400), at("北京市公安局朝阳分局柔使用", 300, 400), at("SPECIMEN", 300, 440))
    )
    assert values["authority"].value == "北京市公安局朝阳分局"


def licence_lines(code: str = "91330100799655058B") -> SheetText:
    return sheet(
        at("统一社会信用代码", 60, 60),
        at(code, 60, 100),
        at("营业执照", 400, 100, 80),
        at("名", 60, 250),
        at("称", 130, 250),
        at("杭州样本科技有限公司", 220, 250),
        at("类型", 60, 300),
        at("有限责任公司(自然人独资)", 220, 300),
        at("法定代表人", 60, 350),
        at("咎小明", 220, 350),
        at("经营范围", 60, 400),
        at("软件开发；信息技术咨询", 220, 400),
        at("服务。（依法须经批准的项目）", 220, 440),
        at("注册资本", 700, 250),
        at("壹佰万元整", 860, 250),
        at("成立日期", 700, 300),
        at("2019年06月18日", 860, 300),
        at("住所", 700, 350),
        at("杭州市样本路", 860, 350),
        at("1号", 860, 390),
        at("登记机关", 700, 520),
        at("2023年04", 800, 590),
        at("月12日", 960, 590),
    )


def test_a_licence_in_two_columns_is_read_column_by_column() -> None:
    assert texts(licence.read(licence_lines())) == {
        "credit_code": "91330100799655058B",
        "name": "杭州样本科技有限公司",
        "type": "有限责任公司(自然人独资)",
        "legal_person": "昝小明",
        "scope": "软件开发；信息技术咨询服务。（依法须经批准的项目）",
        "capital": "壹佰万元整",
        "established": "2019-06-18",
        "address": "杭州市样本路1号",
        "issue_date": "2023-04-12",
    }


def test_a_type_whose_label_was_not_read_is_no_part_of_the_name() -> None:
    whole = licence_lines()
    unlabelled = sheet(*(line for line in whole.lines if line.text != "类型"))
    assert texts(licence.read(unlabelled)) == texts(licence.read(whole))
    broken = [at("名称", 60, 250), at("杭州样本科技", 220, 250), at("有限责任公司", 220, 290)]
    assert licence.read(sheet(*broken))["name"].value == "杭州样本科技有限责任公司"


def test_a_credit_code_that_fails_its_check_is_unsure() -> None:
    assert licence.read(licence_lines("91330100799655058C"))["credit_code"].confidence < 0.5


def test_a_surname_readers_take_for_another_is_put_right_and_unsure() -> None:
    read = Value("逢俊", (at("逢俊", 0, 0),), 1.0)
    assert (people.doubted(read).value, people.doubted(read).confidence) == ("逄俊", 0.8)


@pytest.mark.parametrize(
    ("read", "name"), [("备毛淼莹", "毛淼莹"), ("用谭雪", "谭雪"), ("刘备", "刘备"), ("备梓", "备梓")]
)
def test_a_watermark_s_letter_before_a_surname_is_no_part_of_the_name(read: str, name: str) -> None:
    assert people.doubted(Value(read, (at(read, 0, 0),), 1.0)).value == name


@pytest.mark.parametrize("english", [False, True])
def test_a_domain_certificate_is_read_by_chinese_or_english_labels(english: bool) -> None:
    labels = ("Domain Name:", "Registrant:", "Registrar:", "Registration Date:", "Expiration Date:")
    chinese = ("域名：", "域名持有者：", "注册服务机构：", "注册时间：", "到期时间：")
    said = ("shop-01.example.cn", "样本科技有限公司", "样本注册商有限公司", "2021-07-01 10:20:30", "2031年7月1日")
    rows = [
        line
        for i, (label, value) in enumerate(zip(labels if english else chinese, said, strict=True))
        for line in (
            at(label, 100, 100 + 60 * i, method="text_layer"),
            at(value, 500, 100 + 60 * i, method="text_layer"),
        )
    ]
    assert texts(domaincert.read(sheet(*rows))) == {
        "domain": "shop-01.example.cn",
        "owner": "样本科技有限公司",
        "registrar": "样本注册商有限公司",
        "reg_date": "2021-07-01",
        "exp_date": "2031-07-01",
    }


def test_a_domain_read_from_a_picture_with_l_or_1_is_never_quite_sure() -> None:
    seen = domaincert.read(sheet(at("域名：", 0, 0), at("hel1o.cn", 200, 0)))
    told = domaincert.read(sheet(at("域名：", 0, 0, method="text_layer"), at("hel1o.cn", 200, 0, method="text_layer")))
    assert seen["domain"].confidence == 0.9
    assert told["domain"].confidence == 1.0


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        (("中华人民共和国", "居民身份证", "签发机关 甲公安局", "有效期限 2015.03.08-长期"), "idcard_back"),
        (("姓名张三", "性别男民族汉", "出生1990年1月1日", "住址某地", "公民身份号码 1"), "idcard_front"),
        (("姓名张三", "性别男民族汉", "公民身份号码 1", "居民身份证", "签发机关"), "idcard_both"),
        (("姓名张三", "性别男民族汉", "公民身份证号码 1"), "idcard_front"),
        (("营业执照", "统一社会信用代码", "法定代表人"), "business_licence"),
        (("域名证书", "域名：a.cn"), "domain_certificate"),
        (("Domain: a.cn", "Registrant: A", "Registrar: B"), "domain_certificate"),
        (("事业单位法人证书",), "institution_certificate"),
        (("位法人证书", "经费来源 经营收入", "举办单位 样本市民政局"), "institution_certificate"),
        (("举办单位 样本市民政局",), "unknown"),
        (("互联网信息服务备案承诺书", "本单位承诺"), "letter"),
        (("港澳居民来往内地通行证",), "hk_macau_permit"),
        (("台海居民居性证", "签发机关", "有效期限", "通行证号码"), "residence_back"),
        (
            ("业执照", "统一社会信用代码", "经营场所 样本路1号", "经营范围 软件", "国家市场监督管理总局监制"),
            "business_licence",
        ),
        (("统一社会信用代码", "经营场所 样本路1号", "经营范围 软件"), "unknown"),
        (("姓名 陈大文", "性别 男", "出生 1957年2月7日", "81000195702071289"), "residence_front"),
        (("姓名 陈大文", "性别 男", "出生 1957年2月7日", "11010119570207128X"), "idcard_front"),
        (("今日菜单", "汤 12"), "unknown"),
        ((), "unknown"),
    ],
)
def test_the_kind_is_told_by_title_and_labels(lines: tuple[str, ...], kind: str) -> None:
    assert kinds.kind_of(sheet(*(at(text, 0, 50 * i) for i, text in enumerate(lines)))) == kind


def test_watermark_words_are_reported_and_kept_out_of_values() -> None:
    lines = (at("仅供网站备案使用", 0, 0), at("姓名张三", 0, 100))
    assert kinds.watermark_texts(lines) == ("仅供网站备案使用",)
    assert [line.text for line in kinds.without_watermarks(lines)] == ["姓名张三"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("共网站备案", True),
        ("于办理网", True),
        ("他用无效", True),
        ("登记、备案、许可、", False),
        ("使用", False),
        ("办理人", False),
    ],
)
def test_pieces_of_watermark_words_are_reported_as_pieces(text: str, found: bool) -> None:
    assert bool(kinds.watermark_texts((at(text, 0, 0), at("姓名张三", 0, 100)))) is found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("FOR ICP FILING ONLY", "FORICPFILINGONLY"),
        ("仅限APP备案使用", "仅限APP备案使用"),
        ("仅愚银行开户使用", "…仅愚银行开户使用…"),
        ("FORICPFIL.NG", "…FORICPFIL.NG…"),
        ("中华人民共和国", ""),
        ("使使使使使使", ""),
        ("icioimpaT区hl", ""),
        ("IHOIIIIIIIHE1I", ""),
        ("备备备备食备：笛", "…备备备备食备：笛…"),
    ],
)
def test_faint_lines_are_watermarks_though_some_characters_are_misread(text: str, said: str) -> None:
    assert kinds.faint_watermark(text) == said


def test_premises_for_office_use_only_are_no_watermark() -> None:
    assert kinds.watermark_texts((at("深圳市南山区青穗路3号（仅限办公使用）", 0, 0),)) == ()


def test_pieces_of_a_watermark_are_kept_out_only_where_one_was_read() -> None:
    piece, value = at("案专用", 0, 0), at("公安部出入境管理局", 0, 50)
    assert kinds.without_watermarks((piece, value)) == (piece, value)
    assert kinds.without_watermarks((at("仅供网站备案使用", 0, 100), piece, value)) == (value,)


ZONE1 = "POCHNOUYANG<<XIAOLAN<<<<<<<<<<<<<<<<<<<<<<<<"
ZONE2 = "E123456782CHN9005123F3003116LMNOLPKH<<<<A904"


def zone(first: str = ZONE1, second: str = ZONE2) -> SheetText:
    return sheet(
        at("护照", 400, 20),
        at("PASSPORT", 500, 20),
        at("姓名/Name", 400, 200, 20),
        at("欧阳晓岚", 400, 230),
        at("出生地点/Place of birth", 400, 330, 20),
        at("签发日期/Date of issue", 800, 330, 20),
        at("广东/GUANGDONG", 400, 360),
        at("12 3月/MAR 2020", 800, 360),
        at(first, 20, 500),
        at(second, 20, 560),
    )


def test_a_passport_is_read_by_its_machine_readable_zone() -> None:
    assert texts(passport.read(zone())) == {
        "mrz1": ZONE1,
        "mrz2": ZONE2,
        "country": "CHN",
        "surname": "OUYANG",
        "given_names": "XIAOLAN",
        "passport_no": "E12345678",
        "sex": "F",
        "birth": "1990-05-12",
        "expiry": "2030-03-11",
        "name_cn": "欧阳晓岚",
        "birth_place": "广东",
        "issue_date": "2020-03-12",
    }


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (ZONE1.replace("O", "0").replace("<", "く"), ZONE2),
        (ZONE1[:-9], ZONE2),
        (ZONE1, ZONE2.replace("CHN90", "CHN9O").replace("<", "«")),
    ],
)
def test_what_readers_make_of_a_zone_is_put_right(first: str, second: str) -> None:
    values = texts(passport.read(zone(first, second)))
    assert (values["mrz1"], values["mrz2"]) == (ZONE1, ZONE2)


def test_a_zone_whose_check_digits_fail_is_unsure_part_by_part() -> None:
    values = passport.read(zone(second=ZONE2.replace("9005123", "9006123")))
    assert values["mrz2"].confidence <= 0.5
    assert values["birth"].confidence <= 0.5
    assert values["expiry"].confidence == 0.99


def test_a_hong_kong_permit_prints_values_under_their_labels() -> None:
    values = permits.read_hk_macau(
        sheet(
            at("港澳居民来往内地通行证", 250, 40),
            at("姓名", 380, 130, 20),
            at("陈大文", 380, 165),
            at("CHAN, TAI MAN", 380, 215),
            at("出生日期", 380, 275, 20),
            at("1985.07.21", 380, 305),
            at("性别", 640, 275, 20),
            at("男", 640, 305),
            at("有效期限", 380, 365, 20),
            at("2019.05.06-2029.05.05", 380, 395),
            at("签发机关", 380, 455, 20),
            at("公安部出入境管理局", 520, 452),
            at("证件号码", 380, 520, 20),
            at("H12345678", 520, 515),
        )
    )
    assert texts(values) == {
        "name": "陈大文",
        "pinyin": "CHAN, TAI MAN",
        "birth": "1985-07-21",
        "sex": "男",
        "authority": "公安部出入境管理局",
        "permit_no": "H12345678",
        "valid_from": "2019-05-06",
        "valid_to": "2029-05-05",
    }
    assert values["valid_to"].confidence == 1.0


def test_a_permits_authority_is_an_office_and_a_label_is_nobodys_value() -> None:
    values = permits.read_hk_macau(
        sheet(
            at("签发机关", 380, 455, 20),
            at("备条使", 520, 452),
            at("公安部出入境管理局", 520, 500),
            at("签发地点", 380, 560, 20),
            at("证件号码", 380, 600, 20),
            at("H12345678", 520, 600),
        )
    )
    assert texts(values) == {"authority": "公安部出入境管理局", "permit_no": "H12345678"}


def test_what_lies_askew_over_a_permits_row_is_not_its_value() -> None:
    lines = (
        at("港澳居民来往内地通行证", 250, 40),
        at("姓名", 380, 130),
        at("客专用", 470, 142),
        at("陈大文", 620, 130),
    )
    assert permits.read_hk_macau(sheet(*lines))["name"].value == "陈大文"


def test_a_residence_card_is_read_like_an_id_card_without_nation() -> None:
    values = permits.read_residence_front(front(number="810000199408230021", birth="1994年8月23日"))
    assert kinds.kind_of(front(number="810000199408230021")) == "residence_front"
    assert "nation" not in values
    assert values["name"].value == "张晓岚"


def test_an_institution_certificate_is_read() -> None:
    values = institution.read(
        sheet(
            at("事业单位法人证书", 300, 20, 60),
            at("统一社会信用代码", 60, 100),
            at("12440000455860000W", 320, 100),
            at("名称", 60, 160),
            at("样本科学研究所", 320, 160),
            at("宗旨和业务范围", 60, 210),
            at("开展样本科学研究，", 320, 210),
            at("促进发展", 320, 250),
            at("法定代表人", 60, 310),
            at("陈志明", 320, 310),
            at("开办资金", 60, 360),
            at("V1234万元", 320, 360),
            at("有效期 自2021年03月31日至2026年03月31日", 60, 430),
        )
    )
    assert texts(values) == {
        "credit_code": "12440000455860000W",
        "title": "事业单位法人证书",
        "name": "样本科学研究所",
        "scope": "开展样本科学研究，促进发展",
        "legal_person": "陈志明",
        "capital": "¥1234万元",
        "valid_from": "2021-03-31",
        "valid_to": "2026-03-31",
    }


def test_a_name_of_one_character_is_never_sure() -> None:
    """The reader saw nothing in the rare character that follows."""
    assert people.doubted(Value("黎", (at("黎", 0, 0),), 1.0)).confidence == 0.4


def test_nonsense_in_capitals_is_no_passport() -> None:
    assert kinds.kind_of(sheet(at("PfAonAlVXIHtTy)", 0, 0), at("LVLQCUVOOTCULUCTV", 0, 50))) == "unknown"
    assert kinds.kind_of(sheet(at(ZONE1, 0, 0), at(ZONE2, 0, 50))) == "passport"


@pytest.mark.parametrize(
    ("careful", "quick", "name"),
    [
        ("薛超", "薛超灿", "薛超灿"),
        ("薛灿", "薛超灿", "薛超灿"),
        ("薛超", "薛明灿", "薛超"),
        ("薛超灿", "薛超", "薛超灿"),
        ("样本学院", "样本学院某", "样本学院"),
    ],
)
def test_the_reading_that_left_a_character_of_a_name_out_gives_way_and_nobody_is_sure(
    careful: str, quick: str, name: str
) -> None:
    first, second = (Value(text, (at(text, 0, 0),), 0.999) for text in (quick, careful))
    whole = people.fuller(second, first)
    assert whole.value == name
    assert (whole.confidence <= 0.8) is (name != careful)


CODE = "91440101MA5CKYEL0K"


def qr(text: str) -> Value:
    return Value(text, (), 1.0, "qr", text)


@pytest.mark.parametrize(
    "said",
    [
        f"统一社会信用代码：{CODE},企业注册号:330100500004161;企业名称:广州样本数据有限公司;登记机关:广州",
        f"http://www.specimen.cn/notice?uniscid={CODE}&name=1",
    ],
)
def test_a_licence_s_qr_code_gives_a_credit_code_that_could_not_be_read(said: str) -> None:
    found = licence.held_against_qr({"qr": qr(said), "name": Value("广州样本数据有限公司", (), 0.99)})
    assert (found["credit_code"].value, found["credit_code"].method) == (CODE, "qr")
    doubtful = Value("91440101MA5CKYEL01", (), 0.4, "ocr")
    assert licence.held_against_qr({"qr": qr(said), "credit_code": doubtful})["credit_code"].value == CODE


def test_a_licence_s_qr_code_settles_a_doubtful_name_and_contradicts_a_sure_one() -> None:
    said = qr(f"名称：广州样本数据有限公司;统一社会信用代码：{CODE}")
    doubtful, sure = Value("广州样木数据有限公司", (), 0.7), Value("广州样本数码有限公司", (), 0.99)
    assert licence.held_against_qr({"qr": said, "name": doubtful})["name"].value == "广州样本数据有限公司"
    against = licence.held_against_qr({"qr": said, "name": sure})["name"]
    assert (against.value, against.confidence) == (sure.value, 0.5)


def test_a_qr_code_that_says_nothing_of_the_licence_changes_nothing() -> None:
    values = {"qr": qr("https://specimen.cn/12345678901234567890"), "name": Value("甲有限公司", (), 0.9)}
    assert licence.held_against_qr(values) == values
