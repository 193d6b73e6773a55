"""What every body has in common."""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator


class Body(BaseModel):
    """A JSON body: no unknown member, and nothing in it that the database cannot hold."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _is_storable(cls, content: Any) -> Any:
        if not isinstance(content, dict | list):
            return content  # pydantic refuses it
        try:
            text = json.dumps(content, ensure_ascii=False, allow_nan=False)
            text.encode()
        except UnicodeEncodeError as error:
            raise ValueError("a text contains half of a surrogate pair") from error
        except (ValueError, RecursionError) as error:
            raise ValueError("a number is not finite, or lists are nested too deeply") from error
        if "\\u0000" in text:
            raise ValueError("a text contains a NUL character")
        return content
