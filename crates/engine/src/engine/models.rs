//! Margin models registered, replaced and read.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::Engine;
use crate::error::{Code, EngineError, Phrase, Result};
use crate::handle::{InstrumentId, ModelId};
use crate::margin::{BracketTable, Brackets, MarginModel};
use crate::model::{write_all_records, Model};

impl Engine {
    /// Registers a margin model.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] for improper bands.
    pub fn add_model(&mut self, rule: impl MarginModel + 'static) -> Result<ModelId> {
        rule.bands().validate()?;
        let model = Model::new(Box::new(rule), &mut self.market);
        self.models.push(model);
        Ok(ModelId(self.models.len() as u32 - 1))
    }

    /// Replaces a model's parameters by ones of a greater version; its accounts are assessed under them at once.
    ///
    /// # Errors
    /// [`Code::InvalidVersion`], [`Code::NotApplicable`] where terms or groups differ (that is another model), and
    /// [`Code::MissingParameters`] where an account holds what the new parameters do not cover.
    pub fn replace_model(&mut self, model: ModelId, rule: impl MarginModel + 'static) -> Result<()> {
        self.check_replace_model(model, &rule)?;
        let slot = self.model_slot(model)?;
        self.models[slot].rule = Box::new(rule);
        write_all_records(&mut self.models[slot], &self.market);
        self.reassess_model(slot);
        Ok(())
    }

    /// Refuses what [`Engine::replace_model`] would refuse, and changes nothing.
    ///
    /// # Errors
    /// As [`Engine::replace_model`].
    pub fn check_replace_model(&self, model: ModelId, rule: &impl MarginModel) -> Result<()> {
        let slot = self.model_slot(model)?;
        rule.bands().validate()?;
        let before = &self.models[slot];
        if rule.version() <= before.rule.version() {
            let expected = Phrase::new(
                "greater than the version in force, {}",
                [f64::from(before.rule.version())],
            );
            return Err(EngineError::new(
                Code::InvalidVersion,
                "version",
                expected,
                rule.version(),
            ));
        }
        if rule.term_count() != before.rule.term_count()
            || rule.grouping() != before.rule.grouping()
            || rule.record_len() != before.record_len
        {
            return Err(EngineError::new(
                Code::NotApplicable,
                "model",
                "of the same kind as the one replaced",
                "one of another kind",
            ));
        }
        for (_, account) in self
            .accounts
            .iter()
            .filter(|(_, account)| account.model as usize == slot)
        {
            for row in &account.rows {
                let instrument = row.instrument as usize;
                rule.supports(instrument, &self.market.instruments.row(instrument).spec)?;
            }
        }
        Ok(())
    }

    /// [`Engine::add_model`] for brackets.
    ///
    /// Not generic, so that the loops over positions are compiled with this crate's options and not with its caller's.
    ///
    /// # Errors
    /// As [`Engine::add_model`].
    pub fn add_brackets(&mut self, rule: Brackets) -> Result<ModelId> {
        self.add_model(rule)
    }

    /// [`Engine::replace_model`] for brackets, likewise.
    ///
    /// # Errors
    /// As [`Engine::replace_model`].
    pub fn replace_brackets(&mut self, model: ModelId, rule: Brackets) -> Result<()> {
        self.replace_model(model, rule)
    }

    /// Sets the tables that an instrument has under brackets models, all of them or none; accounts that hold it are assessed at once.
    ///
    /// # Errors
    /// [`Code::UnknownHandle`], [`Code::StaleHandle`]; [`Code::Expired`] where it is settled; [`Code::NotApplicable`] for other models.
    pub fn set_brackets(&mut self, instrument: InstrumentId, tables: Vec<(ModelId, BracketTable)>) -> Result<()> {
        let slot = self.market.instruments.slot(instrument)?;
        self.check_unsettled(slot)?;
        for &(model, _) in &tables {
            self.brackets(model)?;
        }
        for (model, table) in tables {
            if let Some(brackets) = self.models[model.0 as usize].rule.as_brackets_mut() {
                brackets.set_table(slot, table);
            }
        }
        let told = self.events.pending().len();
        for i in 0..self.holders[slot].len() {
            let account = self.holders[slot][i].account as usize;
            self.resum(account);
            self.assess_now(account);
        }
        self.events.order_from(told);
        Ok(())
    }

    /// The parameters of a brackets model.
    ///
    /// # Errors
    /// [`Code::UnknownHandle`], [`Code::NotApplicable`] for other models.
    pub fn brackets(&self, model: ModelId) -> Result<&Brackets> {
        let slot = self.model_slot(model)?;
        let brackets = self.models[slot].rule.as_brackets();
        brackets.ok_or_else(|| EngineError::new(Code::NotApplicable, "model", "one by brackets", "one of another kind"))
    }

    pub(crate) fn model_slot(&self, model: ModelId) -> Result<usize> {
        if (model.0 as usize) < self.models.len() {
            Ok(model.0 as usize)
        } else {
            Err(EngineError::new(
                Code::UnknownHandle,
                "model",
                "a handle that was given out",
                model.0,
            ))
        }
    }

    fn reassess_model(&mut self, model: usize) {
        for slot in 0..self.accounts.extent() {
            if self
                .accounts
                .get(slot)
                .is_some_and(|account| account.model as usize == model)
            {
                self.resum(slot);
                self.assess_now(slot);
            }
        }
    }
}
