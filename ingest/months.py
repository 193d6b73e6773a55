"""The names of the months in the languages of the United Nations and in German."""

from ingest.folding import squeeze

# one line a month: full names, genitives and usual abbreviations; in Arabic both calendars' names
_NAMES = """
january jan janvier janv enero ene januar jänner январь января янв يناير كانونالثاني 一月
february feb février févr fév febrero februar feber февраль февраля фев فبراير شباط 二月
march mar mars marzo märz mrz март марта мар مارس آذار 三月
april apr avril avr abril abr апрель апреля апр أبريل إبريل نيسان 四月
may mai mayo май мая مايو أيار 五月
june jun juin junio juni июнь июня июн يونيو حزيران 六月
july jul juillet juil julio juli июль июля июл يوليو تموز 七月
august aug août aou agosto ago август августа авг أغسطس آب 八月
september sep sept septembre septiembre setiembre сентябрь сентября сен сент سبتمبر أيلول 九月
october oct octobre octubre oktober okt октябрь октября окт أكتوبر تشرينالأول 十月
november nov novembre noviembre ноябрь ноября ноя نوفمبر تشرينالثاني 十一月
december dec décembre déc diciembre dic dezember dez декабрь декабря дек ديسمبر كانونالأول 十二月
"""
_MONTHS = {
    squeeze(name): number
    for number, line in enumerate(_NAMES.strip().splitlines(), start=1)
    for name in line.split()
}


def month_of(name: str) -> int | None:
    """Find a month by its name.

    Parameters
    ----------
    name : str
        A full name or a usual abbreviation, with a full stop perhaps.

    Returns
    -------
    int or None
        1 to 12; None for other words.

    Examples
    --------
    >>> month_of("Août"), month_of("апреля"), month_of("Sept."), month_of("soon")
    (8, 4, 9, None)
    """
    return _MONTHS.get(squeeze(name))
