"""Charts of reports. What a chart shows and says is made of rows by ``kinds/``, without any
drawing; ``drawing*.py`` draw it by matplotlib, which is loaded by the first chart only."""
