"""The model in service, which is that of its file as long as the file is a model."""

from __future__ import annotations

import threading
from pathlib import Path

from delay_service.model import Model, NoModel, read


class Shelf:
    """Looks at the file whenever somebody wants the model, and reads it where it is another one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: object = None
        self._model: Model | None = None
        self._lock = threading.Lock()
        self.why = "there is no model yet"

    def model(self) -> Model | None:
        """The model to answer with; None if there has been none so far, and then ``why`` says the reason."""
        seen = self._stamp()
        if self._model is not None or seen == self._seen:
            return self._model
        with self._lock:
            if seen != self._seen:
                try:
                    self._model = read(self._path)
                except NoModel as error:
                    self.why = str(error)
                self._seen = seen
            return self._model

    def _stamp(self) -> object:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns
